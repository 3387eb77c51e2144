package io.arclight.spark.feed;

import java.io.Serializable;
import java.util.List;

/**
 * A piece of the input that one lane reads from its start to its end.
 *
 * @param partition index in the partitions of the DataFrame's plan
 * @param files what it reads, in order; empty when the plan does not read files directly
 * @param rows rows before any filter, or {@link #UNKNOWN}
 */
public record Split(int partition, List<FileRange> files, long rows) implements Serializable {
  public static final long UNKNOWN = -1;

  public Split {
    files = List.copyOf(files);
  }

  /** Bytes of the ranges that it reads, or {@link #UNKNOWN}. */
  public long bytes() {
    return files.isEmpty() ? UNKNOWN : files.stream().mapToLong(FileRange::length).sum();
  }

  @Override
  public String toString() {
    return files.isEmpty()
        ? "partition " + partition
        : files.get(0).path() + " from byte " + files.get(0).start();
  }
}
