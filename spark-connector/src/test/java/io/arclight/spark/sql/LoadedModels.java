package io.arclight.spark.sql;

import java.time.Duration;

/** For tests: the models that this JVM keeps for the next query. */
public final class LoadedModels {
  private LoadedModels() {}

  /** Gives back all that no query uses. */
  public static void giveBack() {
    ModelCache.evict(Duration.ZERO);
  }
}
