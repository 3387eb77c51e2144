package io.arclight.spark.feed;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The splits of an input, planned once and the same for any number of ranks.
 *
 * @param splits in the order of the DataFrame's partitions
 * @param obstacles parts of the plan that may give other rows the next time they are read; none
 *     when the input is repeatable
 */
public record SplitPlan(List<Split> splits, List<String> obstacles) implements Serializable {

  public SplitPlan {
    splits = List.copyOf(splits);
    obstacles = List.copyOf(obstacles);
  }

  /** Whether reading again gives the same rows in the same order while the files stay. */
  public boolean repeatable() {
    return obstacles.isEmpty();
  }

  /** Rows before any filter, or {@link Split#UNKNOWN}. */
  public long rows() {
    return weighedBy() == Unit.ROWS ? Arrays.stream(weights()).sum() : Split.UNKNOWN;
  }

  /**
   * Deals the splits to lanes: the heaviest first, else in the order of a permutation, each to the
   * lane with least so far.
   *
   * @return for each lane the indices of its splits, in the order to read them
   */
  int[][] deal(FeedOptions options, int epoch) {
    int[] order = order(options, epoch);
    int[] lanes = assign(order, options.lanes());
    int[] counts = new int[options.lanes()];
    for (int lane : lanes) {
      counts[lane]++;
    }
    int[][] dealt = new int[counts.length][];
    Arrays.setAll(dealt, lane -> new int[counts[lane]]);
    int[] next = new int[counts.length];
    for (int split : order) {
      int lane = lanes[split];
      dealt[lane][next[lane]++] = split;
    }
    return dealt;
  }

  /** Lane of each split. */
  private int[] assign(int[] order, int count) {
    long[] weights = weights();
    int[] lanes = new int[order.length];
    long[] loads = new long[count];
    Comparator<Integer> heaviest = Comparator.comparingLong(split -> -weights[split]);
    for (int split : Arrays.stream(order).boxed().sorted(heaviest).toList()) {
      int lightest = 0;
      for (int lane = 1; lane < count; lane++) {
        if (loads[lane] < loads[lightest]) {
          lightest = lane;
        }
      }
      lanes[split] = lightest;
      loads[lightest] += Math.max(1, weights[split]);
    }
    return lanes;
  }

  private int[] order(FeedOptions options, int epoch) {
    if (options.shuffle() == Shuffle.WINDOW) {
      return Permutation.of(splits.size(), options.seed(), epoch);
    }
    int[] order = new int[splits.size()];
    Arrays.setAll(order, i -> i);
    return order;
  }

  /** By rank, the lanes of the first epoch that have something to read. */
  int[] rankLanes(FeedOptions options, int ranks) {
    int[] lanes = new int[ranks];
    int[][] dealt = deal(options, 0);
    for (int lane = 0; lane < dealt.length; lane++) {
      lanes[lane % ranks] += dealt[lane].length > 0 ? 1 : 0;
    }
    return lanes;
  }

  /** By rank, the rows of a global batch while all lanes last. */
  int[] rankRows(FeedOptions options, int ranks) {
    int[][] dealt = deal(options, 0);
    long[] available = new long[dealt.length];
    Arrays.setAll(available, lane -> dealt[lane].length > 0 ? options.globalBatch() : 0);
    int[] byLane = GlobalBatchPlan.rows(available, options.globalBatch());
    int[] rows = new int[ranks];
    for (int lane = 0; lane < byLane.length; lane++) {
      rows[lane % ranks] += byLane[lane];
    }
    return rows;
  }

  /** Load of each rank in the first epoch, in {@link #weighedBy()}. */
  long[] rankLoads(FeedOptions options, int ranks) {
    long[] loads = new long[ranks];
    long[] weights = weights();
    int[][] dealt = deal(options, 0);
    for (int lane = 0; lane < dealt.length; lane++) {
      for (int split : dealt[lane]) {
        loads[lane % ranks] += weights[split];
      }
    }
    return loads;
  }

  /** Says that the busiest rank has over a fifth more to read than the idlest; else empty. */
  Optional<String> skewWarning(FeedOptions options, int ranks) {
    long[] loads = rankLoads(options, ranks);
    long most = Arrays.stream(loads).max().orElse(0);
    long least = Arrays.stream(loads).min().orElse(0);
    if (5 * (most - least) <= most) {
      return Optional.empty();
    }
    return Optional.of(
        "Ranks read unequally: %s %s by rank, from %d splits; more and smaller splits help"
            .formatted(Arrays.toString(loads), weighedBy().label, splits.size()));
  }

  /** Files that are not as they were in {@code recorded}, each with what happened to it. */
  public List<String> changesSince(SplitPlan recorded) {
    Map<String, FileRange> before = recorded.files();
    Map<String, FileRange> now = files();
    TreeSet<String> paths = new TreeSet<>(before.keySet());
    paths.addAll(now.keySet());
    return paths.stream()
        .map(path -> change(path, before.get(path), now.get(path)))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<String> change(String path, FileRange before, FileRange now) {
    if (now == null) {
      return Optional.of(path + " is missing");
    }
    if (before == null) {
      return Optional.of(path + " is new");
    }
    if (before.fileLength() != now.fileLength()) {
      return Optional.of(
          "%s has %d bytes, had %d".formatted(path, now.fileLength(), before.fileLength()));
    }
    if (before.modificationTime() != now.modificationTime()) {
      return Optional.of(path + " was written again");
    }
    return Optional.empty();
  }

  /** What each split reads, whether its rows are known or not. */
  List<Split> ranges() {
    return splits.stream().map(s -> new Split(s.partition(), s.files(), Split.UNKNOWN)).toList();
  }

  private Map<String, FileRange> files() {
    Map<String, FileRange> files = new HashMap<>();
    splits.forEach(s -> s.files().forEach(f -> files.putIfAbsent(f.path(), f)));
    return files;
  }

  private Unit weighedBy() {
    if (splits.stream().allMatch(s -> s.rows() != Split.UNKNOWN)) {
      return Unit.ROWS;
    }
    return splits.stream().allMatch(s -> s.bytes() != Split.UNKNOWN) ? Unit.BYTES : Unit.SPLITS;
  }

  private long[] weights() {
    Unit unit = weighedBy();
    return splits.stream().mapToLong(s -> weight(s, unit)).toArray();
  }

  private static long weight(Split split, Unit unit) {
    return switch (unit) {
      case ROWS -> split.rows();
      case BYTES -> split.bytes();
      case SPLITS -> 1;
    };
  }

  private enum Unit {
    ROWS("rows"),
    BYTES("bytes"),
    SPLITS("splits");

    private final String label;

    Unit(String label) {
      this.label = label;
    }
  }
}
