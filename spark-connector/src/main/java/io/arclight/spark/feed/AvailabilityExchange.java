package io.arclight.spark.feed;

import io.arclight.distributed.Communicator;
import java.util.function.Supplier;

/** Sums the vector of what the lanes have over all ranks. */
@FunctionalInterface
public interface AvailabilityExchange {
  /** For a single rank. */
  AvailabilityExchange ALONE = local -> () -> local;

  /** Sums by an all-reduce of {@code communicator}, which {@link RankFeed#next()} issues. */
  static AvailabilityExchange over(Communicator communicator) {
    return new CommunicatorExchange(communicator);
  }

  /**
   * Starts the sum, on the thread that calls {@link RankFeed#next()}.
   *
   * @param local rows by lane, 0 for other ranks' lanes; not changed afterwards
   * @return waits for the sum, on another thread; must answer interruption with an exception
   */
  Supplier<long[]> start(long[] local);
}
