package io.arclight.spark.launch;

import java.io.Serializable;
import java.util.Iterator;

/**
 * What every rank of a run executes, in a barrier task on an executor.
 *
 * <p>It runs again from the beginning after a restart; {@link RankCheckpoints#restored()} says
 * where to go on. What it captures travels to the executors and must be serialisable.
 *
 * @param <T> elements of the feed
 * @param <R> result of a rank: serialisable and small, it travels to the driver
 */
@FunctionalInterface
public interface RankFunction<T, R> extends Serializable {

  /**
   * Runs the rank.
   *
   * @param context who this rank is and what connects it with the others
   * @param feed the rank's partition of the RDD that the launcher was given
   */
  R run(RankContext context, Iterator<T> feed) throws Exception;
}
