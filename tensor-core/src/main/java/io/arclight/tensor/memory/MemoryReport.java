package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The table of who holds what. */
final class MemoryReport {
  private static final int ROWS = 20;

  private record Key(Device device, String tag, String owner) {}

  private static final class Sum {
    private long bytes;
    private long storages;
    private AllocationSite oldest;

    private void add(long size, AllocationSite site) {
      bytes += size;
      storages++;
      if (site != null && (oldest == null || site.ageSeconds() > oldest.ageSeconds())) {
        oldest = site;
      }
    }
  }

  private MemoryReport() {}

  static String text() {
    Map<Key, Sum> sums = new HashMap<>();
    Reclaimer.forEach(
        r ->
            sums.computeIfAbsent(new Key(r.device, r.tag, "garbage collector"), k -> new Sum())
                .add(r.bytes, r.site));
    for (ThreadMemory thread : ThreadMemory.all()) {
      for (Scope scope = thread.scope; scope != null; scope = scope.parent()) {
        scope.forEachOwned(
            s -> {
              if (!s.isWatched()) {
                sums.computeIfAbsent(
                        new Key(s.device(), s.tag(), "scope of " + thread.name()), k -> new Sum())
                    .add(s.bytes(), s.site());
              }
            });
      }
    }
    return render(sums);
  }

  private static String render(Map<Key, Sum> sums) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "Tensor memory: %s in use by %d storages, peak %s, %s taken from the system"
                + " (%s kept for reuse), limit %s%n",
            bytes(Memory.liveBytes()),
            Memory.liveStorages(),
            bytes(Memory.peakBytes()),
            bytes(Blocks.reserved()),
            bytes(Blocks.kept()),
            bytes(Memory.limit())));
    List<Map.Entry<Key, Sum>> rows = new ArrayList<>(sums.entrySet());
    rows.sort(Comparator.comparingLong(row -> -row.getValue().bytes));
    text.append(
        String.format(
            "%12s %9s  %-6s %-24s %-28s %s%n",
            "bytes", "storages", "device", "by", "owner", "oldest (sampled)"));
    for (Map.Entry<Key, Sum> row : rows.subList(0, Math.min(ROWS, rows.size()))) {
      Sum sum = row.getValue();
      Key key = row.getKey();
      text.append(
          String.format(
              "%12s %9d  %-6s %-24s %-28s %s%n",
              bytes(sum.bytes),
              sum.storages,
              key.device,
              key.tag.toLowerCase(Locale.ROOT),
              key.owner,
              sum.oldest == null ? "-" : sum.oldest.ageSeconds() + " s"));
    }
    if (rows.size() > ROWS) {
      text.append(String.format("%12s %d more rows%n", "...", rows.size() - ROWS));
    }
    if (!rows.isEmpty() && rows.get(0).getValue().oldest != null) {
      text.append("The oldest sampled storage of the first row:\n");
      text.append(rows.get(0).getValue().oldest.text()).append('\n');
    }
    return text.toString();
  }

  /** A size for people, such as {@code 1.5 MiB}. */
  static String bytes(long count) {
    if (Math.abs(count) < 1 << 10) {
      return count + " B";
    }
    String units = "KMGT";
    double value = count;
    int unit = -1;
    while (Math.abs(value) >= 1 << 10 && unit < units.length() - 1) {
      value /= 1 << 10;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", value, units.charAt(unit));
  }
}
