package io.arclight.spark.sql;

import io.arclight.export.Labels;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.unsafe.types.UTF8String;

/** What a function answers for the rows of a batch; {@link ModelRun} runs the model when asked. */
final class AnswerVector extends ModelVector {
  private final ModelRun run;
  private final FloatVector outputs;
  private final Object[] labels;

  /**
   * @param outputs of {@code run}, that the answer is made of
   */
  AnswerVector(ModelRun run, FloatVector outputs, Labels labels, DataType type) {
    super(type);
    this.run = run;
    this.outputs = outputs;
    this.labels =
        labels == null
            ? null
            : labels.values().stream()
                .map(v -> v instanceof String s ? UTF8String.fromString(s) : v)
                .toArray();
  }

  @Override
  public boolean isNullAt(int row) {
    return run.isMarked(row);
  }

  @Override
  public boolean hasNull() {
    return numNulls() > 0;
  }

  @Override
  public int numNulls() {
    int nulls = 0;
    for (int i = 0; i < run.rows(); i++) {
      nulls += isNullAt(i) ? 1 : 0;
    }
    return nulls;
  }

  private Object label(int row) {
    run.require(row);
    return labels[outputs.largest(row)];
  }

  @Override
  public double getDouble(int row) {
    if (labels != null) {
      return ((Number) label(row)).doubleValue();
    }
    run.require(row);
    return outputs.getFloat(row * outputs.width());
  }

  @Override
  public boolean getBoolean(int row) {
    return (Boolean) label(row);
  }

  @Override
  public byte getByte(int row) {
    return ((Number) label(row)).byteValue();
  }

  @Override
  public short getShort(int row) {
    return ((Number) label(row)).shortValue();
  }

  @Override
  public int getInt(int row) {
    return ((Number) label(row)).intValue();
  }

  @Override
  public long getLong(int row) {
    return ((Number) label(row)).longValue();
  }

  @Override
  public float getFloat(int row) {
    return ((Number) label(row)).floatValue();
  }

  @Override
  public UTF8String getUTF8String(int row) {
    return (UTF8String) label(row);
  }

  @Override
  public ColumnarArray getArray(int row) {
    run.require(row);
    return new ColumnarArray(outputs, row * outputs.width(), outputs.width());
  }

  @Override
  public ColumnVector getChild(int ordinal) {
    return outputs;
  }
}
