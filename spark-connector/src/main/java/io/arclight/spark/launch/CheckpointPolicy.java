package io.arclight.spark.launch;

import io.arclight.data.blob.BlobStore;
import java.util.Optional;

/**
 * Where a restart finds what was done before.
 *
 * @param store where checkpoints go; empty holds the last snapshot in the driver's memory
 * @param keep how many periodic checkpoints stay in the store
 * @param resume what to do with checkpoints that the store has already
 * @param snapshotLimit bytes of the largest snapshot that the driver holds
 */
public record CheckpointPolicy(
    Optional<BlobStore> store, int keep, Resume resume, long snapshotLimit) {
  private static final long SNAPSHOT_LIMIT = 256L << 20;

  public CheckpointPolicy {
    if (keep < 1 || snapshotLimit < 0) {
      throw new IllegalArgumentException(
          "keep is %d and snapshotLimit %d; give at least 1 and 0".formatted(keep, snapshotLimit));
    }
  }

  /** The driver holds the last snapshot, up to 256 MiB; nothing survives the application. */
  public static CheckpointPolicy inDriverMemory() {
    return new CheckpointPolicy(Optional.empty(), 1, Resume.NEVER, SNAPSHOT_LIMIT);
  }

  /** Checkpoints go to {@code store}, which keeps the last three and the best. */
  public static CheckpointPolicy in(BlobStore store, Resume resume) {
    return new CheckpointPolicy(Optional.of(store), 3, resume, 0);
  }
}
