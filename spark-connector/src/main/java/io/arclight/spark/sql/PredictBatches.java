package io.arclight.spark.sql;

import java.io.Serializable;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** The work of {@link PredictExec} on a partition of columnar batches. */
final class PredictBatches
    extends AbstractFunction1<Iterator<ColumnarBatch>, Iterator<ColumnarBatch>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final PredictWork work;

  PredictBatches(PredictWork work) {
    this.work = work;
  }

  @Override
  public Iterator<ColumnarBatch> apply(Iterator<ColumnarBatch> batches) {
    return batches.hasNext() ? new Batches(batches) : batches;
  }

  private final class Batches extends AbstractIterator<ColumnarBatch> {
    private final Iterator<ColumnarBatch> source;
    private final TaskModels models = work.models();
    private final int[] kept = work.keptOrdinals();

    Batches(Iterator<ColumnarBatch> source) {
      this.source = source;
    }

    @Override
    public boolean hasNext() {
      return source.hasNext();
    }

    @Override
    public ColumnarBatch next() {
      ColumnarBatch batch = source.next();
      models.start(batch);
      ColumnVector[] answers = models.answers();
      ColumnVector[] columns = new ColumnVector[kept.length + answers.length];
      for (int i = 0; i < kept.length; i++) {
        columns[i] = batch.column(kept[i]);
      }
      System.arraycopy(answers, 0, columns, kept.length, answers.length);
      work.metrics().gave(batch.numRows());
      return new Answered(columns, batch);
    }
  }

  /** Columns of the child's batch, which it closes as a whole, and answers. */
  private static final class Answered extends ColumnarBatch {
    private final ColumnarBatch source;

    Answered(ColumnVector[] columns, ColumnarBatch source) {
      super(columns, source.numRows());
      this.source = source;
    }

    @Override
    public void close() {
      source.close();
    }

    @Override
    public void closeIfFreeable() {
      source.closeIfFreeable();
    }
  }
}
