package io.arclight.spark.feed;

import io.arclight.tensor.Device;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The lanes of one rank, used by one thread. */
final class LaneSet implements AutoCloseable {
  private final SplitSource source;
  private final FeedMemory memory;
  private final Device device;
  private final Spool spool;
  private final List<Lane> lanes = new ArrayList<>();
  private final Deque<Window> free = new ArrayDeque<>();

  LaneSet(SplitSource source, FeedMemory memory, Device device) {
    this.source = source;
    this.memory = memory;
    this.device = device;
    this.spool = source.spool().orElse(null);
    RowMarks marks = new RowMarks(source.options().window());
    for (int lane = source.rank(); lane < source.options().lanes(); lane += source.ranks()) {
      lanes.add(
          new Lane(
              lane,
              source.options(),
              split -> source.open(split, marks, spool),
              split -> source.reopen(split, marks, spool),
              this::window,
              free));
    }
  }

  int[] indices() {
    return lanes.stream().mapToInt(Lane::index).toArray();
  }

  /** Begins an epoch. */
  void start(int epoch) {
    int[][] dealt = source.plan().deal(source.options(), epoch);
    for (Lane lane : lanes) {
      lane.start(new LaneState(lane.index(), epoch, 0, 0, 0, 0), dealt[lane.index()]);
    }
  }

  /** Goes on where lanes stood; states of other ranks' lanes are passed over. */
  void resume(Collection<LaneState> states) {
    Map<Integer, LaneState> byLane =
        states.stream().collect(Collectors.toMap(LaneState::lane, Function.identity()));
    int lanesBefore = byLane.size();
    if (lanesBefore != source.options().lanes()) {
      throw new FeedException(
          "the states to resume from are of %d lanes, but the feed has %d: use the same options"
              .formatted(lanesBefore, source.options().lanes()));
    }
    int epoch = byLane.get(0).epoch();
    int[][] dealt = source.plan().deal(source.options(), epoch);
    lanes.forEach(lane -> lane.start(byLane.get(lane.index()), dealt[lane.index()]));
  }

  /** For each lane the rows that it could give to the next batch; 0 for other ranks' lanes. */
  long[] availability() {
    long[] available = new long[source.options().lanes()];
    for (Lane lane : lanes) {
      available[lane.index()] = lane.available(source.options().globalBatch());
    }
    return available;
  }

  /** This rank's share of the next global batch, given what the lanes of all ranks have. */
  RankBatch take(long[] globalAvailability) {
    int[] rows = GlobalBatchPlan.rows(globalAvailability, source.options());
    int own = lanes.stream().mapToInt(lane -> rows[lane.index()]).sum();
    RowBlock block = memory.block(own);
    boolean filled = false;
    try {
      int at = 0;
      for (Lane lane : lanes) {
        int count = rows[lane.index()];
        lane.take(count, block, at);
        at += count;
      }
      filled = true;
    } finally {
      // Not a catch: Scala's code throws exceptions that it does not declare.
      if (!filled) {
        memory.release(block);
      }
    }
    long global = Arrays.stream(rows).asLongStream().sum();
    List<LaneState> states = lanes.stream().map(Lane::state).toList();
    return new RankBatch(memory.batch(block, device), global, states);
  }

  @Override
  public void close() {
    lanes.forEach(Lane::close);
    free.forEach(window -> memory.release(window.block()));
    free.clear();
    if (spool != null) {
      spool.close();
    }
  }

  private Window window() {
    return free.isEmpty() ? new Window(memory.block(source.options().window()), spool) : free.pop();
  }
}
