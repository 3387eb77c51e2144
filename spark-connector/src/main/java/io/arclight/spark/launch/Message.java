package io.arclight.spark.launch;

import io.arclight.data.blob.Blob;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Map;

/**
 * What ranks say to the driver; every message is answered, by {@link Done} where nothing else is.
 */
sealed interface Message extends Serializable {

  /** The task of a rank has begun. */
  record Hello(RankPlace place) implements Message {}

  /** The rank found all others. */
  record Connected(int rank) implements Message {}

  /**
   * The rank lives; {@code report} is its newest one, or null, and {@code warnings} are for the
   * user. Answered by {@link Orders}.
   */
  record Pulse(int rank, StepReport report, ArrayList<String> warnings) implements Message {}

  /** The rank wrote its part of a checkpoint. */
  record PartWritten(
      int rank,
      long step,
      CheckpointKind kind,
      ArrayList<CheckpointFile> files,
      Map<String, String> properties)
      implements Message {}

  /** The rank ends with an error. */
  record Failed(RankError error) implements Message {}

  /** The rank's task is over, well or not; nothing of it runs any more. */
  record Ended(int rank) implements Message {}

  /**
   * Adds bytes to a blob in the making, beginning it anew when {@code chunk} is 0; the last publish
   * it.
   */
  record WriteSnapshot(String name, int chunk, byte[] bytes, boolean last) implements Message {}

  /** Drops a blob in the making. */
  record DropSnapshot(String name) implements Message {}

  /** Asks for a chunk of a blob. Answered by {@link Chunk}. */
  record ReadSnapshot(String name, int chunk) implements Message {}

  /** Asks which blobs there are. Answered by {@link Listing}. */
  record ListSnapshots(String folder) implements Message {}

  /** Nothing to say. */
  record Done() implements Message {}

  /** What the caller wants of the ranks. */
  record Orders(boolean stop) implements Message {}

  /** Bytes of a blob; null after its end. */
  record Chunk(byte[] bytes) implements Message {}

  /** Blobs by name. */
  record Listing(ArrayList<Blob> blobs) implements Message {}

  /** The request cannot be served. */
  record Refused(Refusal refusal, String reason) implements Message {}

  /** Why a request is refused. */
  enum Refusal {
    /** There is no such blob. */
    ABSENT,
    /** The driver does not hold so much. */
    TOO_LARGE,
    /** Saving failed on the driver. */
    FAILED
  }
}
