package io.arclight.spark.feed;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;

/** Copies what one field of the batch needs from Spark's rows or vectors into a block. */
interface FieldCopier extends Serializable {

  /** The same copier for columns at other ordinals. */
  FieldCopier at(OrdinalMap ordinals);

  /** Copies one row to {@code address}; {@code at} is its row in the block. */
  void copy(InternalRow row, long address, RowMarks marks, int at);

  /** Copies all rows of a slice to consecutive rows from {@code address}, block row {@code at}. */
  void copy(BatchSlice slice, long address, RowMarks marks, int at);

  /** Where the columns of a schema are found. */
  @FunctionalInterface
  interface OrdinalMap {
    int ordinal(String column);
  }
}
