package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * One input of the model and the columns that it comes from.
 *
 * @param name name in the batch
 * @param columns one column (number, array of numbers, ML vector or binary), or several numeric
 *     ones that become the columns of one matrix
 * @param sizes shape of one row; empty when it follows from the data
 * @param dtype element type of the tensor
 */
public record Features(String name, List<String> columns, List<Long> sizes, DType dtype)
    implements Serializable {

  public Features {
    columns = List.copyOf(columns);
    sizes = List.copyOf(sizes);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("features '" + name + "' name no column");
    }
  }

  /** One column, under its own name, as float32. */
  public static Features column(String column) {
    return new Features(column, List.of(column), List.of(), DType.FLOAT32);
  }

  /** Numeric columns gathered into one [rows, columns] matrix named "features", as float32. */
  public static Features columns(String... columns) {
    return new Features("features", List.of(columns), List.of(), DType.FLOAT32);
  }

  public Features named(String value) {
    return new Features(value, columns, sizes, dtype);
  }

  /** The shape of one row, such as [1, 28, 28]; the data must have as many elements. */
  public Features shaped(Shape value) {
    return new Features(name, columns, Arrays.stream(value.toArray()).boxed().toList(), dtype);
  }

  /** Element type: float32, float64, int64, or uint8 for binary columns. */
  public Features as(DType value) {
    return new Features(name, columns, sizes, value);
  }
}
