package io.arclight.spark.launch;

import java.time.Duration;

/**
 * Hears on the driver what a run does; called from one thread at a time, which it must not hold.
 */
public interface RunListener {

  /** The run waits for executors. */
  default void waiting(int executors, int needed) {}

  /** All ranks are connected. */
  default void started(RunStart start) {}

  /** Some rank is at a new step; the report of the lowest rank that sent one. */
  default void progress(StepReport report) {}

  /** A rank has something to say to the user that is no failure; it is in the log too. */
  default void warned(String warning) {}

  /** A checkpoint is committed. */
  default void committed(Checkpoint checkpoint) {}

  /** The run failed by the infrastructure and starts again after {@code delay}. */
  default void restarting(int restart, Duration delay, Throwable cause) {}

  /** The run is over; {@code failure} is null when it succeeded. */
  default void ended(Throwable failure) {}
}
