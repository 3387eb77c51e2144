package io.arclight.spark.feed;

import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Some rows of a columnar batch; reused, so that no row costs an object. */
final class BatchSlice {
  private ColumnarBatch batch;
  private int[] selection;
  private int from;
  private int count;

  /** Rows {@code from} to {@code from + count - 1} of the selected rows, of all when null. */
  BatchSlice set(ColumnarBatch batch, int[] selection, int from, int count) {
    this.batch = batch;
    this.selection = selection;
    this.from = from;
    this.count = count;
    return this;
  }

  int count() {
    return count;
  }

  ColumnVector column(int ordinal) {
    return batch.column(ordinal);
  }

  /** Index in the batch of row {@code i} of this slice. */
  int row(int i) {
    return selection == null ? from + i : selection[from + i];
  }
}
