package io.arclight.tensor.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Events summed by kind, name and device.
 *
 * @param rows most own time first
 */
public record KeyAverages(List<Row> rows) {

  /** What a table is sorted by, most first. */
  public enum Sort {
    SELF_TIME(Row::selfNanos),
    TOTAL_TIME(Row::nanos),
    COUNT(Row::count),
    BYTES(Row::bytes);

    private final ToLongFunction<Row> key;

    Sort(ToLongFunction<Row> key) {
      this.key = key;
    }
  }

  /** The events of one kind, name and device. */
  public record Row(
      String kind,
      String name,
      String device,
      long count,
      long nanos,
      long selfNanos,
      long bytes,
      long selfBytes) {

    private Row plus(ProfileEvent e) {
      return new Row(
          kind,
          name,
          device,
          count + 1,
          nanos + e.nanos(),
          selfNanos + e.selfNanos(),
          bytes + e.bytes(),
          selfBytes + e.selfBytes());
    }
  }

  private record Key(String kind, String name, String device) {}

  static KeyAverages of(List<ProfileEvent> events) {
    Map<Key, Row> sums = new LinkedHashMap<>();
    for (ProfileEvent e : events) {
      Key key = new Key(e.kind(), e.name(), e.device());
      Row before = sums.getOrDefault(key, new Row(e.kind(), e.name(), e.device(), 0, 0, 0, 0, 0));
      sums.put(key, before.plus(e));
    }
    return new KeyAverages(sorted(sums.values().stream().toList(), Sort.SELF_TIME));
  }

  private static List<Row> sorted(List<Row> rows, Sort by) {
    List<Row> out = new ArrayList<>(rows);
    out.sort(Comparator.comparingLong(by.key).reversed());
    return List.copyOf(out);
  }

  /** All rows, most own time first. */
  public String table() {
    return table(Sort.SELF_TIME, Integer.MAX_VALUE);
  }

  /** At most {@code limit} rows, in an order. */
  public String table(Sort by, int limit) {
    long all = Math.max(1, rows.stream().mapToLong(Row::selfNanos).sum());
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            "%-9s %-32s %-7s %8s %12s %12s %12s %7s %12s %12s%n",
            "kind",
            "name",
            "device",
            "calls",
            "total",
            "self",
            "average",
            "self %",
            "bytes",
            "own bytes"));
    for (Row row : sorted(rows, by).subList(0, Math.min(limit, rows.size()))) {
      out.append(
          String.format(
              Locale.ROOT,
              "%-9s %-32s %-7s %8d %12s %12s %12s %6.1f%% %12d %12d%n",
              row.kind,
              row.name,
              row.device.isEmpty() ? "-" : row.device,
              row.count,
              time(row.nanos),
              time(row.selfNanos),
              time(row.nanos / row.count),
              100.0 * row.selfNanos / all,
              row.bytes,
              row.selfBytes));
    }
    return out.append("Total own time: ").append(time(all)).append('\n').toString();
  }

  private static String time(long nanos) {
    if (nanos < 1_000) {
      return nanos + " ns";
    }
    return nanos < 1_000_000
        ? String.format(Locale.ROOT, "%.1f us", nanos / 1e3)
        : String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }

  @Override
  public String toString() {
    return table();
  }
}
