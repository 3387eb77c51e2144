package io.arclight.spark.feed;

import io.arclight.spark.internal.SplitContext;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.collection.Iterator;

/** Copies row by row, for plans whose columnar batches cannot be reached. */
final class RowSplitReader extends SplitReader {
  private final List<FieldCopier> copiers;
  private final SplitContext context;
  private final Iterator<InternalRow> rows;

  RowSplitReader(
      int index,
      Split split,
      FeedSpec spec,
      RowMarks marks,
      SplitContext context,
      Iterator<InternalRow> rows) {
    super(index, split, spec, marks);
    this.copiers = spec.copiers();
    this.context = context;
    this.rows = rows;
  }

  @Override
  int copy(RowBlock block, int at, int limit, RowMarks marks) {
    context.enter();
    int count = 0;
    while (count < limit && rows.hasNext()) {
      InternalRow row = rows.next();
      for (int f = 0; f < copiers.size(); f++) {
        copiers.get(f).copy(row, block.address(f, at + count), marks, at + count);
      }
      count++;
    }
    return count;
  }

  @Override
  long pass(long limit) {
    context.enter();
    long count = 0;
    while (count < limit && rows.hasNext()) {
      rows.next();
      count++;
    }
    return count;
  }

  @Override
  public void close() {
    context.close();
  }
}
