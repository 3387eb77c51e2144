package io.arclight.spark.feed;

import io.arclight.tensor.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Rows in one order over the whole input: of each global batch, a rank gives those that it keeps in
 * its {@link Spool}, which are of the splits that it reads in the first epoch. That epoch goes by
 * lanes and fills the spool, unless the input is materialized before.
 */
final class GlobalRows implements RankRows {
  private final SplitSource source;
  private final FeedMemory memory;
  private final Device device;
  private final Spool spool;
  private final LaneSet lanes;
  private final RowMarks marks;
  private final int[] own;
  private final boolean[] isOwn;

  /** Whether this epoch goes by lanes. */
  private boolean byLanes;

  private int epoch;

  /** Rows of this epoch that all ranks together have given. */
  private long given;

  /** By split, the number of its first row; null until the ranks have told how many they have. */
  private long[] firstRow;

  private GlobalOrder order;

  GlobalRows(SplitSource source, FeedMemory memory, Device device) {
    this.source = source;
    this.memory = memory;
    this.device = device;
    this.spool = source.spool().orElseThrow(() -> new FeedException(Spool.required()));
    this.lanes = new LaneSet(source, memory, device, spool);
    this.marks = new RowMarks(source.options().window());
    int[][] dealt = source.plan().deal(source.options(), 0);
    own = Arrays.stream(lanes.indices()).flatMap(lane -> Arrays.stream(dealt[lane])).toArray();
    isOwn = new boolean[source.plan().splits().size()];
    for (int split : own) {
      isOwn[split] = true;
    }
  }

  @Override
  public int[] indices() {
    return lanes.indices();
  }

  @Override
  public void start(int epoch) {
    if (epoch == 0 && !source.materialized()) {
      byLanes = true;
      lanes.start(epoch);
    } else {
      begin(epoch, 0);
    }
  }

  @Override
  public void resume(Collection<LaneState> states) {
    LaneState any = lanes.requireAll(states).iterator().next();
    if (any.ofAllRows()) {
      begin(any.epoch(), any.row());
    } else {
      byLanes = true;
      lanes.resume(states);
    }
  }

  private void begin(int epoch, long given) {
    byLanes = false;
    lanes.rest();
    this.epoch = epoch;
    this.given = given;
    this.firstRow = null;
    for (int split : own) {
      if (spool.kept(split) == null) {
        keep(split);
      }
    }
  }

  /** Reads a split into the spool. */
  private void keep(int split) {
    Spool.Recording recording = spool.anew(split);
    RowBlock block = memory.block(source.options().window());
    try (SplitReader reader = source.open(split, marks)) {
      for (int rows = 1; rows > 0; ) {
        rows = reader.read(block, 0, block.capacity());
        recording.add(block, 0, rows);
        if (spool.obstacle() != null) {
          throw new FeedException(Spool.required() + ": " + spool.obstacle());
        }
      }
      recording.whole();
    } finally {
      memory.release(block);
    }
  }

  /** In lanes as theirs; else first the rows of each split, then nothing. */
  @Override
  public long[] availability() {
    if (byLanes) {
      return lanes.availability();
    }
    if (firstRow != null) {
      return new long[source.options().lanes()];
    }
    long[] counts = new long[isOwn.length];
    for (int split : own) {
      counts[split] = spool.kept(split).rows();
    }
    return counts;
  }

  @Override
  public RankBatch take(long[] globalAvailability) {
    if (byLanes) {
      return lanes.take(globalAvailability);
    }
    if (firstRow == null) {
      number(globalAvailability);
    }
    // Input that is not repeatable may have fewer rows now.
    long left = Math.max(0, order.rows() - given);
    int rows = GlobalBatchPlan.rows(new long[] {left}, source.options())[0];
    long[] numbers = new long[rows];
    int count = 0;
    for (int i = 0; i < rows; i++) {
      long number = order.at(given + i);
      if (isOwn[split(number)]) {
        numbers[count++] = number;
      }
    }
    given += rows;
    RowBlock block = memory.block(count);
    boolean filled = false;
    try {
      fill(block, numbers, count);
      filled = true;
    } finally {
      if (!filled) {
        memory.release(block);
      }
    }
    List<LaneState> states = new ArrayList<>();
    for (int lane : lanes.indices()) {
      states.add(LaneState.ofAllRows(lane, epoch, given));
    }
    return new RankBatch(memory.batch(block, device), rows, states);
  }

  private void number(long[] counts) {
    firstRow = new long[counts.length];
    long rows = 0;
    for (int split = 0; split < counts.length; split++) {
      firstRow[split] = rows;
      rows += counts[split];
    }
    order = new GlobalOrder(rows, source.options().seed(), epoch);
  }

  /** The last split that begins at or before the row; empty ones begin where the next does. */
  private int split(long number) {
    int low = 0;
    int high = firstRow.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (firstRow[middle] <= number) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private void fill(RowBlock block, long[] numbers, int count) {
    if (count == 0) {
      return;
    }
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = i;
      refer(block, i, numbers[i]);
    }
    if (!spool.gather(block, places, 0, count, block, 0)) {
      repair(block, places, numbers);
    }
    block.settle();
  }

  private void refer(RowBlock block, int at, long number) {
    int split = split(number);
    spool.kept(split).refer(split, number - firstRow[split], block, at);
  }

  /** Reads splits whose rows are damaged from their source again. */
  private void repair(RowBlock block, int[] places, long[] numbers) {
    TreeSet<Integer> damaged = new TreeSet<>();
    for (int place : places) {
      if (!spool.gather(block, places, place, 1, block, place)) {
        damaged.add(split(numbers[place]));
      }
    }
    for (int split : damaged) {
      long rows = spool.kept(split).rows();
      keep(split);
      if (spool.kept(split).rows() != rows) {
        throw new FeedException(
            "%s has other rows than when it was first read: the input has changed, start anew"
                .formatted(source.plan().splits().get(split)));
      }
    }
    for (int place : places) {
      refer(block, place, numbers[place]);
    }
    if (!spool.gather(block, places, 0, places.length, block, 0)) {
      throw new FeedException(
          "rows in Spark's local folders are damaged again after they were read anew: look for a"
              + " failing disk");
    }
  }

  @Override
  public void close() {
    lanes.close();
  }
}
