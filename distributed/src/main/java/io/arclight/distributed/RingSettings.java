package io.arclight.distributed;

import java.time.Duration;

/**
 * How a ring watches its peers and moves its bytes.
 *
 * @param heartbeatInterval how often a rank that sends nothing else says that it lives
 * @param heartbeatMisses intervals of silence after which a peer is given up
 * @param collectiveTimeout how long one operation may take from its turn on
 * @param rendezvousTimeout how long {@link TcpRing#connect} waits for the other ranks
 * @param chunkBytes bytes per frame, the same on all ranks, a multiple of 8
 * @param sameHost how ranks of one host exchange what is large
 * @param encryption whether connections are encrypted, the same on all ranks; memory that ranks of
 *     one host share is not
 */
public record RingSettings(
    Duration heartbeatInterval,
    int heartbeatMisses,
    Duration collectiveTimeout,
    Duration rendezvousTimeout,
    int chunkBytes,
    SameHost sameHost,
    Encryption encryption) {
  private static final int MAXIMUM_CHUNK = 64 << 20;

  public RingSettings {
    if (chunkBytes < 8 || chunkBytes % 8 != 0 || chunkBytes > MAXIMUM_CHUNK) {
      throw new IllegalArgumentException(
          "chunks of " + chunkBytes + " bytes: use a multiple of 8 up to " + MAXIMUM_CHUNK);
    }
    if (heartbeatMisses < 1 || heartbeatInterval.toMillis() < 1) {
      throw new IllegalArgumentException(
          "heartbeat every "
              + heartbeatInterval
              + " with "
              + heartbeatMisses
              + " misses: use at least 1 ms and 1 miss");
    }
  }

  /** Heartbeat 10 s x 6, ten minutes for a collective and for the rendezvous. */
  public static RingSettings defaults() {
    return new RingSettings(
        Duration.ofSeconds(10),
        6,
        Duration.ofMinutes(10),
        Duration.ofMinutes(10),
        512 << 10,
        SameHost.SHARED_MEMORY,
        Encryption.NONE);
  }

  /** With a sign of life in every interval, and a rank lost after so many without. */
  public RingSettings withHeartbeat(Duration interval, int misses) {
    return new RingSettings(
        interval, misses, collectiveTimeout, rendezvousTimeout, chunkBytes, sameHost, encryption);
  }

  /** Ending an operation that takes longer. */
  public RingSettings withCollectiveTimeout(Duration timeout) {
    return new RingSettings(
        heartbeatInterval,
        heartbeatMisses,
        timeout,
        rendezvousTimeout,
        chunkBytes,
        sameHost,
        encryption);
  }

  /** Ending a connection that takes longer. */
  public RingSettings withRendezvousTimeout(Duration timeout) {
    return new RingSettings(
        heartbeatInterval,
        heartbeatMisses,
        collectiveTimeout,
        timeout,
        chunkBytes,
        sameHost,
        encryption);
  }

  /** Sending frames of at most this size. */
  public RingSettings withChunkBytes(int bytes) {
    return new RingSettings(
        heartbeatInterval,
        heartbeatMisses,
        collectiveTimeout,
        rendezvousTimeout,
        bytes,
        sameHost,
        encryption);
  }

  /** How ranks of one host exchange what they have. */
  public RingSettings withSameHost(SameHost value) {
    return new RingSettings(
        heartbeatInterval,
        heartbeatMisses,
        collectiveTimeout,
        rendezvousTimeout,
        chunkBytes,
        value,
        encryption);
  }

  /** Encrypting connections, or not. */
  public RingSettings withEncryption(Encryption value) {
    return new RingSettings(
        heartbeatInterval,
        heartbeatMisses,
        collectiveTimeout,
        rendezvousTimeout,
        chunkBytes,
        sameHost,
        value);
  }

  /** Silence after which a peer is given up. */
  Duration silenceLimit() {
    return heartbeatInterval.multipliedBy(heartbeatMisses);
  }
}
