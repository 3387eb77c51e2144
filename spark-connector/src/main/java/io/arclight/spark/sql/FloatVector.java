package io.arclight.spark.sql;

import java.util.Arrays;
import org.apache.spark.sql.types.DataTypes;

/** The outputs of a model for the rows of a batch, {@link #width()} for each. */
final class FloatVector extends ModelVector {
  private float[] values = {};
  private int width;

  FloatVector() {
    super(DataTypes.FloatType);
  }

  /**
   * Takes {@code some}, the outputs of {@code count} rows from {@code from} on, of {@code rows}.
   */
  void put(float[] some, int from, int count, int rows) {
    width = some.length / count;
    if (count == rows) {
      values = some;
      return;
    }
    if (values.length < rows * width) {
      values = Arrays.copyOf(values, rows * width);
    }
    System.arraycopy(some, 0, values, from * width, some.length);
  }

  int width() {
    return width;
  }

  @Override
  public float getFloat(int i) {
    return values[i];
  }

  @Override
  public float[] getFloats(int from, int count) {
    return Arrays.copyOfRange(values, from, from + count);
  }

  /** Which output of {@code row} is the largest: the first of equals, NaN before all, as argmax. */
  int largest(int row) {
    int first = row * width;
    int best = first;
    for (int i = first + 1; i < first + width && !Float.isNaN(values[best]); i++) {
      if (values[i] > values[best] || Float.isNaN(values[i])) {
        best = i;
      }
    }
    return best - first;
  }
}
