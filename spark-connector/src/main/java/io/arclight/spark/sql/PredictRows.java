package io.arclight.spark.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.execution.metric.SQLMetric;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** The work of {@link PredictExec} on a partition. */
final class PredictRows extends AbstractFunction1<Iterator<InternalRow>, Iterator<InternalRow>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Batches grow up to the limit, so that LIMIT queries and tiny partitions pay little. */
  private static final int FIRST_BATCH = 256;

  /** Most bytes that the rows of a batch may hold on the heap. */
  private static final long BATCH_BYTES = 32L << 20;

  private final List<Expression> calls;
  private final List<Attribute> input;
  private final List<Attribute> output;
  private final int batch;
  private final SQLMetric rowsOut;
  private final SQLMetric batches;
  private final SQLMetric time;

  PredictRows(
      List<Expression> calls,
      List<Attribute> input,
      List<Attribute> output,
      int batch,
      SQLMetric rowsOut,
      SQLMetric batches,
      SQLMetric time) {
    this.calls = new ArrayList<>(calls);
    this.input = new ArrayList<>(input);
    this.output = new ArrayList<>(output);
    this.batch = batch;
    this.rowsOut = rowsOut;
    this.batches = batches;
    this.time = time;
  }

  @Override
  public Iterator<InternalRow> apply(Iterator<InternalRow> rows) {
    return rows.hasNext() ? new Rows(rows) : rows;
  }

  private final class Rows extends AbstractIterator<InternalRow> {
    private final Iterator<InternalRow> source;
    private final List<BatchPredictor> predictors = new ArrayList<>();
    private final List<UnsafeProjection> columns = new ArrayList<>();
    private final GenericInternalRow answers = new GenericInternalRow(calls.size());
    private final JoinedRow joined = new JoinedRow();
    private final UnsafeProjection project;
    private final List<InternalRow> held = new ArrayList<>();
    private int limit;
    private int next;

    Rows(Iterator<InternalRow> source) {
      this.source = source;
      limit = Math.min(FIRST_BATCH, batch);
      for (Expression e : calls) {
        Predict call = (Predict) e;
        long rowBytes = 1;
        for (var field : call.inputs().fields()) {
          rowBytes += field.rowBytes();
        }
        int capacity = (int) Math.max(1, Math.min(batch, BATCH_BYTES / rowBytes));
        BatchPredictor predictor = call.predictor(capacity);
        predictor.closeWithTask();
        predictors.add(predictor);
        columns.add(UnsafeProjection.create(call.children(), ScalaSeq.of(input)));
      }
      project =
          UnsafeProjection.create(ScalaSeq.<Expression>of(output), ScalaSeq.<Attribute>of(output));
    }

    @Override
    public boolean hasNext() {
      return next < held.size() || fill();
    }

    /** Reads the next batch and runs the models. */
    private boolean fill() {
      held.clear();
      next = 0;
      predictors.forEach(BatchPredictor::clear);
      long bytes = 0;
      boolean full = false;
      while (!full && held.size() < limit && bytes < BATCH_BYTES && source.hasNext()) {
        InternalRow row = source.next();
        for (int c = 0; c < predictors.size(); c++) {
          predictors.get(c).add(columns.get(c).apply(row));
          full |= predictors.get(c).full();
        }
        InternalRow copy = row.copy();
        held.add(copy);
        if (copy instanceof org.apache.spark.sql.catalyst.expressions.UnsafeRow u) {
          bytes += u.getSizeInBytes();
        }
      }
      if (held.isEmpty()) {
        return false;
      }
      TaskContext task = TaskContext.get();
      if (task != null) {
        task.killTaskIfInterrupted();
      }
      long start = System.nanoTime();
      predictors.forEach(BatchPredictor::run);
      time.add(System.nanoTime() - start);
      batches.add(1);
      rowsOut.add(held.size());
      limit = Math.min(batch, 4 * limit);
      return true;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      for (int c = 0; c < predictors.size(); c++) {
        answers.update(c, predictors.get(c).value(next));
      }
      return project.apply(joined.apply(held.get(next++), answers));
    }
  }
}
