package io.arclight.spark.sql;

import io.arclight.export.Program;
import io.arclight.spark.feed.Field;
import io.arclight.spark.feed.RowInputs;
import io.arclight.tensor.Device;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.util.TaskCompletionListener;

/** Collects rows of one call, runs the model on them, answers for each. Used by one thread. */
final class BatchPredictor implements AutoCloseable {
  private final ModelCache.Lease lease;
  private final Answer answer;
  private final RowInputs inputs;
  private final Object[] labels;
  private final int capacity;
  private final Tensor[] matrices;
  private final long[] addresses;
  private final RowInputs.Nulls nulls;
  private int rows;
  private float[] outputs;
  private int width;

  BatchPredictor(ModelVersion model, Answer answer, RowInputs inputs, DataType type, int capacity) {
    this.answer = answer;
    this.inputs = inputs;
    this.capacity = capacity;
    lease = ModelCache.lease(model);
    List<Field> fields = inputs.fields();
    matrices = new Tensor[fields.size()];
    addresses = new long[matrices.length];
    for (int i = 0; i < matrices.length; i++) {
      matrices[i] =
          Tensor.zeros(fields.get(i).shape(capacity), fields.get(i).dtype(), Device.CPU).keep();
      addresses[i] = matrices[i].address();
    }
    nulls = inputs.nulls(capacity);
    nulls.start();
    labels = answer == Answer.PREDICT ? labels(lease.program(), type) : null;
  }

  /** The labels as Spark's internal values; null for a regression. */
  private static Object[] labels(Program program, DataType type) {
    if (program.signature().labels() == null) {
      return null;
    }
    return program.signature().labels().values().stream()
        .map(v -> CatalystTypeConverters.convertToCatalyst(fit(v, type)))
        .toArray();
  }

  /** A saved number in the label column's own type. */
  private static Object fit(Object value, DataType type) {
    if (!(value instanceof Number n)) {
      return value;
    }
    if (type instanceof IntegerType) {
      return n.intValue();
    }
    if (type instanceof ShortType) {
      return n.shortValue();
    }
    if (type instanceof ByteType) {
      return n.byteValue();
    }
    if (type instanceof FloatType) {
      return n.floatValue();
    }
    return type instanceof org.apache.spark.sql.types.DoubleType
        ? (Object) n.doubleValue()
        : (Object) n.longValue();
  }

  /** Gives memory and model back when the task ends, however it does. */
  void closeWithTask() {
    TaskContext task = TaskContext.get();
    if (task != null) {
      task.addTaskCompletionListener((TaskCompletionListener) t -> close());
    }
  }

  /** Takes the raw columns of a row. */
  void add(InternalRow columns) {
    if (rows == capacity) {
      throw new IllegalStateException("the batch is full: run it first");
    }
    inputs.copy(columns, addresses, rows++, nulls);
  }

  boolean full() {
    return rows == capacity;
  }

  /**
   * Runs the model on the rows that were added; {@link #value} has the answers until the next add.
   */
  void run() {
    TaskContext task = TaskContext.get();
    Workers.threads(task == null ? 1 : task.cpus());
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> in = new LinkedHashMap<>();
      for (int i = 0; i < matrices.length; i++) {
        in.put(inputs.fields().get(i).name(), matrices[i].narrow(0, 0, rows));
      }
      Tensor out = lease.program().run(in).get(Program.OUTPUT);
      if (out.rank() == 0 || out.dim(0) != rows) {
        throw new ShapeException(
            "the model's output must have one row for each of "
                + rows
                + " rows, got "
                + out.shape());
      }
      out = rows == 0 ? out : out.reshape(rows, out.elements() / rows);
      if (answer == Answer.PREDICT_PROBA) {
        out = out.softmax(1);
      }
      width = rows == 0 ? 0 : (int) out.dim(1);
      outputs = out.toFloats();
    }
  }

  /**
   * The answer for row {@code i} of the batch, as Spark's internal value; null for null features.
   */
  Object value(int i) {
    if (nulls.isNull(i)) {
      return null;
    }
    if (answer != Answer.PREDICT) {
      return UnsafeArrayData.fromPrimitiveArray(
          Arrays.copyOfRange(outputs, i * width, (i + 1) * width));
    }
    return labels == null ? (Object) (double) outputs[i * width] : labels[largest(i)];
  }

  private int largest(int i) {
    int best = 0;
    for (int c = 1; c < width; c++) {
      if (outputs[i * width + c] > outputs[i * width + best]) {
        best = c;
      }
    }
    return best;
  }

  /** Begins the next batch. */
  void clear() {
    rows = 0;
    nulls.start();
  }

  @Override
  public void close() {
    for (Tensor m : matrices) {
      m.close();
    }
    lease.close();
  }
}
