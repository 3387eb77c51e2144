package io.arclight.spark.sql;

import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.spark.feed.Field;
import io.arclight.spark.feed.RowInputs;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Device;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A model at work on batches of rows: rows are added one by one and run together, or a columnar
 * batch is run in slices as its answers are asked for. Used by one thread.
 */
final class ModelRun implements AutoCloseable {
  /** Slices grow up to the capacity, so that LIMIT queries and tiny partitions pay little. */
  static final int FIRST_SLICE = 256;

  private final ModelCache.Lease lease;
  private final RowInputs inputs;
  private final RowInputs.Bad bad;
  private final int capacity;
  private final Tensor[] matrices;
  private final RowInputs.Filler filler;
  private final PredictMetrics metrics;
  private final String origin;
  private long firstRow;
  private ColumnarBatch batch;
  private int rows;
  private int done;
  private int slice;
  private boolean[] marked = {};
  private FloatVector outputs;
  private FloatVector probabilities;

  /**
   * @param inputs at the columns of what is given to {@link #add} or {@link #start(ColumnarBatch)}
   * @param capacity most rows in the model at a time
   */
  ModelRun(
      ModelVersion model,
      RowInputs inputs,
      RowInputs.Bad bad,
      int capacity,
      PredictMetrics metrics) {
    this.inputs = inputs;
    this.bad = bad;
    this.capacity = capacity;
    this.metrics = metrics;
    slice = Math.min(FIRST_SLICE, capacity);
    TaskContext task = TaskContext.get();
    origin = task == null ? "the query" : "partition " + task.partitionId();
    lease = ModelCache.lease(model);
    List<Field> fields = inputs.fields();
    matrices = new Tensor[fields.size()];
    long[] addresses = new long[matrices.length];
    try {
      for (int i = 0; i < matrices.length; i++) {
        Field field = fields.get(i);
        matrices[i] = Tensor.zeros(field.shape(capacity), field.dtype(), Device.CPU).keep();
        addresses[i] = matrices[i].address();
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    filler = inputs.filler(addresses, capacity, bad);
    if (task != null) {
      task.addTaskCompletionListener((TaskCompletionListener) t -> close());
    }
  }

  /** The answers for the rows of a batch after the other. */
  AnswerVector answers(Answer answer) {
    Signature signature = lease.program().signature();
    DataType type = answer.type(signature);
    if (answer == Answer.PREDICT_PROBA) {
      probabilities = probabilities == null ? new FloatVector() : probabilities;
      return new AnswerVector(this, probabilities, null, type);
    }
    outputs = outputs == null ? new FloatVector() : outputs;
    return new AnswerVector(this, outputs, answer.isScalar() ? signature.labels() : null, type);
  }

  /** Begins a batch of rows that are added. */
  void start() {
    start(null);
  }

  /** Begins a batch of the rows of {@code next}, which are read when {@link #require} asks. */
  void start(ColumnarBatch next) {
    firstRow += rows;
    batch = next;
    done = 0;
    rows = next == null ? 0 : next.numRows();
    filler.start(origin, firstRow);
  }

  /** Takes the columns of a row. */
  void add(InternalRow columns) {
    if (full()) {
      throw new IllegalStateException("the batch is full: run it first");
    }
    filler.copy(columns, rows++);
  }

  boolean full() {
    return rows == capacity;
  }

  /** Sees to it that row {@code row} of the batch has its answer. */
  void require(int row) {
    while (row >= done) {
      next();
    }
  }

  private void next() {
    TaskContext task = TaskContext.get();
    if (task != null) {
      task.killTaskIfInterrupted();
    }
    int count = rows - done;
    if (batch != null) {
      count = Math.min(slice, count);
      slice = Math.min(capacity, 4 * slice);
      filler.start(origin, firstRow + done);
      filler.copy(batch, done, count);
    }
    if (marked.length < rows) {
      marked = new boolean[rows];
    }
    for (int i = 0; i < count; i++) {
      marked[done + i] = filler.isMarked(i);
    }
    Workers.threads(task == null ? 1 : task.cpus());
    long start = System.nanoTime();
    run(0, count);
    metrics.ran(System.nanoTime() - start);
    done += count;
  }

  /** Runs the model on rows {@code from} to {@code to} of the matrices. */
  private void run(int from, int to) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> in = new LinkedHashMap<>();
      for (int i = 0; i < matrices.length; i++) {
        in.put(inputs.fields().get(i).name(), matrices[i].narrow(0, from, to - from));
      }
      Tensor out = lease.program().run(in).get(Program.OUTPUT);
      if (out.rank() == 0 || out.dim(0) != to - from) {
        throw new ShapeException(
            "the model's output must have one row for each of "
                + (to - from)
                + " rows, got "
                + out.shape());
      }
      out = out.reshape(to - from, out.elements() / (to - from));
      if (outputs != null) {
        outputs.put(out.toFloats(), done + from, to - from, rows);
      }
      if (probabilities != null) {
        probabilities.put(out.softmax(1).toFloats(), done + from, to - from, rows);
      }
    } catch (DataException e) {
      if (bad == RowInputs.Bad.FAIL) {
        throw e;
      }
      // Halves show which row it was.
      if (to - from == 1) {
        marked[done + from] = true;
      } else {
        int middle = (from + to) >>> 1;
        run(from, middle);
        run(middle, to);
      }
    }
  }

  /** Whether row {@code row} has no answer. */
  boolean isMarked(int row) {
    require(row);
    return marked[row];
  }

  /** Rows of the batch. */
  int rows() {
    return rows;
  }

  @Override
  public void close() {
    for (Tensor m : matrices) {
      if (m != null) {
        m.close();
      }
    }
    lease.close();
  }
}
