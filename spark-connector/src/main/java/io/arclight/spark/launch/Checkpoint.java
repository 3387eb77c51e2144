package io.arclight.spark.launch;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A committed checkpoint; the content of its manifest.
 *
 * @param format version of the manifest
 * @param runId run that wrote it
 * @param restartEpoch start of the run that wrote it
 * @param step global steps that were done
 * @param world ranks that wrote it
 * @param kind why it was written
 * @param files files of all ranks, ordered by rank and name
 * @param properties small values of rank 0, such as metrics and resume state
 */
public record Checkpoint(
    int format,
    String runId,
    int restartEpoch,
    long step,
    int world,
    CheckpointKind kind,
    List<CheckpointFile> files,
    Map<String, String> properties)
    implements Comparable<Checkpoint>, Serializable {
  static final int FORMAT = 1;

  private static final Comparator<Checkpoint> ORDER =
      Comparator.comparingInt(Checkpoint::restartEpoch).thenComparingLong(Checkpoint::step);

  public Checkpoint {
    files = List.copyOf(files);
    properties = Map.copyOf(properties);
  }

  /** The file of this name that {@code rank} wrote. */
  public Optional<CheckpointFile> file(int rank, String name) {
    return files.stream().filter(f -> f.rank() == rank && f.name().equals(name)).findFirst();
  }

  @Override
  public int compareTo(Checkpoint other) {
    return ORDER.compare(this, other);
  }
}
