package io.arclight.spark.launch;

import org.apache.spark.rdd.RDD;

/** Runs a function on the ranks of a run and starts it again when the infrastructure fails. */
public interface Launcher {

  /**
   * Runs {@code function} once per partition of {@code feed}, all at the same time, on the calling
   * thread's job group, pool and tags, and blocks until every rank has ended.
   *
   * @param feed one partition for each rank; read again from its lineage after a restart
   * @throws RuntimeException the error of a rank itself when it is the user's, with the rank as a
   *     suppressed {@link RankFailedException}; a {@link LaunchException} otherwise
   */
  <T, R> RunResult<R> run(RDD<T> feed, RankFunction<T, R> function);

  /** Asks all ranks to end early; see {@link RankContext#stopRequested()}. */
  void stop();

  /** Ends the run now; {@link #run} throws {@link RunCancelledException}. */
  void cancel();
}
