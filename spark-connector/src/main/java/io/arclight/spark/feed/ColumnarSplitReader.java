package io.arclight.spark.feed;

import io.arclight.spark.internal.SplitContext;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Predicate$;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.collection.Iterator;

/** Copies from columnar batches; a filter becomes a list of the rows that satisfy it. */
final class ColumnarSplitReader extends SplitReader {
  private final List<FieldCopier> copiers;
  private final BasePredicate filter;
  private final SplitContext context;
  private final Iterator<ColumnarBatch> batches;
  private final BatchSlice slice = new BatchSlice();
  private ColumnarBatch batch;
  private int[] selection;
  private int next;
  private int rows;

  ColumnarSplitReader(
      int index,
      Split split,
      FeedSpec spec,
      RowMarks marks,
      SplitContext context,
      Iterator<ColumnarBatch> batches) {
    super(index, split, spec, marks);
    this.copiers = spec.copiers();
    this.context = context;
    this.batches = batches;
    this.filter = spec.filter() == null ? null : Predicate$.MODULE$.create(spec.filter());
    if (filter != null) {
      filter.initialize(index);
    }
  }

  @Override
  int copy(RowBlock block, int at, int limit, RowMarks marks) {
    if (!hasRows()) {
      return 0;
    }
    int count = Math.min(limit, rows - next);
    slice.set(batch, selection, next, count);
    for (int f = 0; f < copiers.size(); f++) {
      copiers.get(f).copy(slice, block.address(f, at), marks, at);
    }
    next += count;
    return count;
  }

  @Override
  long pass(long limit) {
    if (!hasRows()) {
      return 0;
    }
    int count = (int) Math.min(limit, rows - next);
    next += count;
    return count;
  }

  @Override
  public void close() {
    context.close();
  }

  private boolean hasRows() {
    context.enter();
    while (next == rows) {
      if (!batches.hasNext()) {
        return false;
      }
      batch = batches.next();
      next = 0;
      rows = filter == null ? batch.numRows() : select(batch);
    }
    return true;
  }

  private int select(ColumnarBatch batch) {
    int n = batch.numRows();
    if (selection == null || selection.length < n) {
      selection = new int[n];
    }
    int selected = 0;
    for (int i = 0; i < n; i++) {
      if (filter.eval(batch.getRow(i))) {
        selection[selected++] = i;
      }
    }
    return selected;
  }
}
