package io.arclight.spark.launch;

import io.arclight.data.blob.BlobContent;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/** The checkpoints of a run as one rank sees them. */
public interface RankCheckpoints {

  /** The last committed checkpoint when this start of the run began; the same on every rank. */
  Optional<Checkpoint> restored();

  /**
   * Opens a file of the restored checkpoint.
   *
   * <p>Reading to the end throws an {@link IOException} when the bytes are not those written.
   */
  InputStream open(CheckpointFile file) throws IOException;

  /** Starts the part of this rank in the checkpoint after {@code step} steps. */
  Part part(long step);

  /** What one rank adds to one checkpoint. Without {@link #commit} nothing of it counts. */
  interface Part {

    /** Writes a file; the name need only be unique within this rank and step. */
    Part put(String name, BlobContent content) throws IOException;

    /**
     * Reports the files to the driver, which commits the checkpoint once every rank has; a rank
     * with nothing to write must commit too. Does not wait for the others.
     *
     * @param kind the same on every rank
     * @param properties small values to store; those of rank 0 are taken
     */
    void commit(CheckpointKind kind, Map<String, String> properties) throws IOException;
  }
}
