package io.arclight.spark.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** The models of an operator at work in a task: calls that differ in the answer share a run. */
final class TaskModels {
  /** Most bytes of rows that a batch holds. */
  static final long BATCH_BYTES = 32L << 20;

  private final List<Predict> firsts = new ArrayList<>();
  private final List<ModelRun> runs = new ArrayList<>();
  private final ColumnVector[] answers;

  /**
   * @param input columns of the rows or batches
   * @param batch most rows of a batch
   */
  TaskModels(List<Predict> calls, List<Attribute> input, int batch, PredictMetrics metrics) {
    answers = new ColumnVector[calls.size()];
    for (int c = 0; c < answers.length; c++) {
      answers[c] = runOf(calls.get(c), input, batch, metrics).answers(calls.get(c).answer());
    }
  }

  private ModelRun runOf(Predict call, List<Attribute> input, int batch, PredictMetrics metrics) {
    for (int r = 0; r < runs.size(); r++) {
      if (call.runsAs(firsts.get(r))) {
        return runs.get(r);
      }
    }
    long rowBytes = 1 + call.inputs().fields().stream().mapToLong(f -> f.rowBytes()).sum();
    int capacity = (int) Math.max(1, Math.min(batch, BATCH_BYTES / rowBytes));
    ModelRun run = call.run(call.inputs().at(call.ordinals(input)), capacity, metrics);
    firsts.add(call);
    runs.add(run);
    return run;
  }

  /** The answers of the calls in their order; for the batch that was started last. */
  ColumnVector[] answers() {
    return answers;
  }

  /** Begins a batch of rows, or of those of {@code batch}. */
  void start(ColumnarBatch batch) {
    for (ModelRun run : runs) {
      run.start(batch);
    }
  }

  /** Takes a row; whether there is room for more. */
  boolean add(InternalRow row) {
    boolean room = true;
    for (ModelRun run : runs) {
      run.add(row);
      room &= !run.full();
    }
    return room;
  }
}
