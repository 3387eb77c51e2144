package io.arclight.spark.launch;

import java.time.Duration;

/**
 * What happens after a failure of the infrastructure.
 *
 * @param limit restarts in a row without a new checkpoint between them
 * @param delay wait before the first of them, doubled for each next one up to {@link #LONGEST}
 */
public record RestartPolicy(int limit, Duration delay) {
  static final Duration LONGEST = Duration.ofSeconds(30);

  public RestartPolicy {
    if (limit < 0 || delay.isNegative()) {
      throw new IllegalArgumentException(
          "Restart limit %d with delay %s; give 0 or more of both".formatted(limit, delay));
    }
  }

  /** Three restarts, the first after a second. */
  public static RestartPolicy defaults() {
    return new RestartPolicy(3, Duration.ofSeconds(1));
  }

  /** Wait before restart number {@code restart}, from 1. */
  Duration delay(int restart) {
    Duration doubled = delay.multipliedBy(1L << Math.min(restart - 1, 20));
    return doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
  }
}
