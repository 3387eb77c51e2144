package io.arclight.datasource;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.read.InputPartition;

/**
 * A table that gives the same rows in the same order whenever it is read, as long as what its
 * partitions name has not changed.
 */
public interface PinnedTable extends SupportsRead {

  /** A partition that says how much it holds and where that comes from; all of its table's are. */
  interface Part extends InputPartition {
    /** Rows before any filter. */
    long rows();

    /** What it reads, in order. */
    List<Piece> pieces();
  }

  /**
   * A piece of one version of a file, or of anything that can be described as one.
   *
   * @param path name of the file
   * @param start first byte; of the unpacked content when the file is packed
   * @param length bytes of the piece
   * @param fileLength bytes of the file
   * @param modificationTime of the file, in milliseconds since 1970; 0 when it cannot change
   */
  record Piece(String path, long start, long length, long fileLength, long modificationTime)
      implements Serializable {}
}
