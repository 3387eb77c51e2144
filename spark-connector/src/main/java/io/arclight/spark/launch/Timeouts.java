package io.arclight.spark.launch;

import java.io.Serializable;
import java.time.Duration;

/**
 * When silence is a failure.
 *
 * @param rendezvous how long the ranks may take to find each other
 * @param heartbeat how often a rank shows that it lives
 * @param heartbeatMisses after so many missed heartbeats a rank is lost: long enough that a garbage
 *     collection is no death
 * @param collective how long one collective may take
 */
public record Timeouts(
    Duration rendezvous, Duration heartbeat, int heartbeatMisses, Duration collective)
    implements Serializable {

  public Timeouts {
    if (heartbeat.toMillis() < 1 || heartbeatMisses < 1) {
      throw new IllegalArgumentException(
          "Heartbeat every %s, lost after %d misses; give at least 1 ms and 1 miss"
              .formatted(heartbeat, heartbeatMisses));
    }
  }

  /** Ten minutes to meet, ten seconds times six, two minutes for a collective. */
  public static Timeouts defaults() {
    return new Timeouts(Duration.ofMinutes(10), Duration.ofSeconds(10), 6, Duration.ofMinutes(2));
  }

  /** How long a rank may be silent. */
  public Duration silence() {
    return heartbeat.multipliedBy(heartbeatMisses);
  }
}
