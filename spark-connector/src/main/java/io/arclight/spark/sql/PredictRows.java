package io.arclight.spark.sql;

import java.io.Serializable;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.vectorized.ColumnarBatchRow;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** The work of {@link PredictExec} on a partition of rows. */
final class PredictRows extends AbstractFunction1<Iterator<InternalRow>, Iterator<InternalRow>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final PredictWork work;

  PredictRows(PredictWork work) {
    this.work = work;
  }

  @Override
  public Iterator<InternalRow> apply(Iterator<InternalRow> rows) {
    return rows.hasNext() ? new Rows(rows) : rows;
  }

  private final class Rows extends AbstractIterator<InternalRow> {
    private final Iterator<InternalRow> source;
    private final TaskModels models = work.models();
    private final boolean keeps = !work.kept().isEmpty();
    private final UnsafeProjection keep = PredictWork.project(work.kept(), work.input());
    private final RowBuffer kept = new RowBuffer(work.kept().size());
    private final ColumnarBatchRow answers = new ColumnarBatchRow(models.answers());
    private final JoinedRow joined = new JoinedRow();
    private final UnsafeProjection project = PredictWork.project(work.output(), work.output());
    private int limit = Math.min(ModelRun.FIRST_SLICE, work.batch());
    private int count;
    private int next;

    Rows(Iterator<InternalRow> source) {
      this.source = source;
    }

    @Override
    public boolean hasNext() {
      return next < count || fill();
    }

    private boolean fill() {
      kept.clear();
      models.start(null);
      next = 0;
      count = 0;
      boolean room = true;
      while (room && count < limit && kept.bytes() < TaskModels.BATCH_BYTES && source.hasNext()) {
        InternalRow row = source.next();
        room = models.add(row);
        if (keeps) {
          kept.add(keep.apply(row));
        }
        count++;
      }
      work.metrics().gave(count);
      limit = Math.min(work.batch(), 4 * limit);
      return count > 0;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int row = next++;
      answers.rowId = row;
      return project.apply(keeps ? joined.apply(kept.get(row), answers) : answers);
    }
  }
}
