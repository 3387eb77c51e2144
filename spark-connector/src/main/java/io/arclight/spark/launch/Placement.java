package io.arclight.spark.launch;

import java.time.Duration;

/**
 * Which executors host the ranks.
 *
 * @param ranksPerExecutor most ranks that one executor may host
 * @param slotTimeout how long to wait for executors that may still come
 */
public record Placement(int ranksPerExecutor, Duration slotTimeout) {

  public Placement {
    if (ranksPerExecutor < 1) {
      throw new IllegalArgumentException(
          "ranksPerExecutor is " + ranksPerExecutor + "; give 1 or more");
    }
  }

  /** One rank on each executor, five minutes for the executors to come. */
  public static Placement defaults() {
    return new Placement(1, Duration.ofMinutes(5));
  }
}
