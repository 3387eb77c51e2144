package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Who holds tensor memory: by operation, by the module that was running, and by the scope that owns
 * it; part of every out-of-memory error.
 *
 * <pre>{@code
 * try (var peaks = MemoryReport.trackPeaks()) {
 *   step();
 *   System.err.println(MemoryReport.now());
 * }
 * }</pre>
 *
 * @param rows what is held, largest first
 * @param ops by operation, largest first
 * @param modules by module, largest first; modules are known in their own calls only
 * @param scopes the open scopes, innermost first
 */
public record MemoryReport(List<Row> rows, List<Sum> ops, List<Sum> modules, List<Sum> scopes) {
  private static final int ROWS = 20;
  private static final int SUMS = 10;

  /**
   * Storages of one kind.
   *
   * @param oldestSeconds how long the oldest is there, -1 where none was sampled
   */
  public record Row(
      Device device,
      String op,
      String owner,
      String module,
      long bytes,
      long storages,
      long oldestSeconds) {}

  /**
   * Bytes by one name.
   *
   * @param peakBytes at most at once, -1 where that was not counted
   */
  public record Sum(String name, long bytes, long peakBytes) {}

  private record Key(Device device, String op, String owner, String module) {}

  private static final class Count {
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

  /** What is held at the moment, of all threads. */
  public static MemoryReport now() {
    return of(counts());
  }

  /**
   * Counts peaks by operation and module until closed, of memory taken from now on. Costs some tens
   * of nanoseconds an allocation. Opened within another, it counts instead of that one.
   */
  public static Tracking trackPeaks() {
    return new Tracking(MemoryPeaks.start());
  }

  /** Peaks that are being counted. */
  public static final class Tracking implements AutoCloseable {
    private final MemoryPeaks peaks;

    private Tracking(MemoryPeaks peaks) {
      this.peaks = peaks;
    }

    /** The most bytes held at once so far, of memory taken since the counting began. */
    public long peakBytes() {
      return peaks.total();
    }

    /** Ends the counting. */
    @Override
    public void close() {
      peaks.stop();
    }
  }

  private static Map<Key, Count> counts() {
    Map<Key, Count> counts = new HashMap<>();
    Reclaimer.forEach(
        r ->
            counts
                .computeIfAbsent(
                    new Key(r.device, r.tag, "garbage collector", r.module), k -> new Count())
                .add(r.bytes, r.site));
    for (ThreadMemory thread : ThreadMemory.all()) {
      for (Scope scope = thread.scope; scope != null; scope = scope.parent()) {
        scope.forEachOwned(
            s -> {
              if (!s.isWatched()) {
                counts
                    .computeIfAbsent(
                        new Key(s.device(), s.tag(), "scope of " + thread.name(), s.module()),
                        k -> new Count())
                    .add(s.bytes(), s.site());
              }
            });
      }
    }
    return counts;
  }

  private static MemoryReport of(Map<Key, Count> counts) {
    List<Row> rows = new ArrayList<>();
    counts.forEach(
        (key, count) ->
            rows.add(
                new Row(
                    key.device,
                    key.op.toLowerCase(Locale.ROOT),
                    key.owner,
                    key.module,
                    count.bytes,
                    count.storages,
                    count.oldest == null ? -1 : count.oldest.ageSeconds())));
    rows.sort(Comparator.comparingLong(row -> -row.bytes));
    MemoryPeaks peaks = MemoryPeaks.active();
    return new MemoryReport(
        List.copyOf(rows),
        sums(rows, Row::op, peaks == null ? Set.of() : peaks.opNames(), name -> peaks.ofOp(name)),
        sums(
            rows,
            Row::module,
            peaks == null ? Set.of() : peaks.moduleNames(),
            name -> peaks.ofModule(name)),
        scopeSums());
  }

  private static List<Sum> sums(
      List<Row> rows,
      Function<Row, String> name,
      Set<String> counted,
      ToLongFunction<String> peak) {
    Map<String, long[]> sums = new HashMap<>();
    for (Row row : rows) {
      sums.computeIfAbsent(name.apply(row), k -> new long[] {0, -1})[0] += row.bytes;
    }
    for (String key : counted) {
      sums.computeIfAbsent(key, k -> new long[] {0, -1})[1] = peak.applyAsLong(key);
    }
    List<Sum> out = new ArrayList<>();
    sums.forEach((key, values) -> out.add(new Sum(key, values[0], values[1])));
    out.sort(Comparator.comparingLong(sum -> -Math.max(sum.bytes, sum.peakBytes)));
    return List.copyOf(out);
  }

  private static List<Sum> scopeSums() {
    List<Sum> out = new ArrayList<>();
    for (ThreadMemory thread : ThreadMemory.all()) {
      int depth = 0;
      for (Scope scope = thread.scope; scope != null; scope = scope.parent()) {
        depth++;
      }
      for (Scope scope = thread.scope; scope != null; scope = scope.parent()) {
        out.add(
            new Sum("scope " + depth-- + " of " + thread.name(), scope.bytes(), scope.peakBytes()));
      }
    }
    return List.copyOf(out);
  }

  /** The report for people. */
  static String text() {
    Map<Key, Count> counts = counts();
    StringBuilder text = new StringBuilder(of(counts).toString());
    counts.values().stream()
        .max(Comparator.comparingLong(count -> count.bytes))
        .filter(count -> count.oldest != null)
        .ifPresent(
            count ->
                text.append("The oldest sampled storage of the first row:\n")
                    .append(count.oldest.text())
                    .append('\n'));
    return text.toString();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Tensor memory: %s in use by %d storages, peak %s, %s taken from the system"
                + " (%s kept for reuse), limit %s%n",
            bytes(Memory.liveBytes()),
            Memory.liveStorages(),
            bytes(Memory.peakBytes()),
            bytes(Blocks.reserved()),
            bytes(Blocks.kept()),
            bytes(Memory.limit())));
    text.append(
        String.format(
            "%12s %9s  %-6s %-24s %-28s %-24s %s%n",
            "bytes", "storages", "device", "by", "owner", "module", "oldest (sampled)"));
    for (Row row : rows.subList(0, Math.min(ROWS, rows.size()))) {
      text.append(
          String.format(
              "%12s %9d  %-6s %-24s %-28s %-24s %s%n",
              bytes(row.bytes),
              row.storages,
              row.device,
              row.op,
              row.owner,
              row.module.isEmpty() ? "-" : row.module,
              row.oldestSeconds < 0 ? "-" : row.oldestSeconds + " s"));
    }
    if (rows.size() > ROWS) {
      text.append(String.format("%12s %d more rows%n", "...", rows.size() - ROWS));
    }
    append(text, "operation", ops);
    if (modules.stream().anyMatch(sum -> !sum.name.isEmpty())) {
      append(text, "module", modules);
    }
    append(text, "open scope", scopes);
    return text.toString();
  }

  private static void append(StringBuilder text, String what, List<Sum> sums) {
    if (sums.isEmpty()) {
      return;
    }
    text.append(String.format("%12s %12s  %s%n", "bytes", "peak", "by " + what));
    for (Sum sum : sums.subList(0, Math.min(SUMS, sums.size()))) {
      text.append(
          String.format(
              "%12s %12s  %s%n",
              bytes(sum.bytes),
              sum.peakBytes < 0 ? "-" : bytes(sum.peakBytes),
              sum.name.isEmpty() ? "(none)" : sum.name));
    }
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
