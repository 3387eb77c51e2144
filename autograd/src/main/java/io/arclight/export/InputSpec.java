package io.arclight.export;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.Arrays;
import java.util.List;

/**
 * One input of a program.
 *
 * @param name of the tensor
 * @param columns of the table that the raw values come from: one with all values of a row, or one
 *     for each of them
 * @param dtype of the raw values
 * @param rowShape of one row of the raw values
 * @param transform from raw values to what the model sees; part of the program
 */
public record InputSpec(
    String name, List<Column> columns, DType dtype, Shape rowShape, Transform transform) {

  /**
   * A column of a table.
   *
   * @param type as in SQL, such as {@code array<float>}
   */
  public record Column(String name, String type) {}

  public InputSpec {
    columns = List.copyOf(columns);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("input '" + name + "' comes from no column: name one");
    }
    transform.requireFits(name, rowShape);
  }

  /** An input that is passed as it is, from the column of its name: a number, or an array. */
  public static InputSpec of(String name, DType dtype, Shape rowShape) {
    String number =
        switch (dtype) {
          case FLOAT32 -> "float";
          case FLOAT64 -> "double";
          case INT64 -> "bigint";
          case INT32 -> "int";
          case INT16 -> "smallint";
          case INT8 -> "tinyint";
          default -> dtype.toString();
        };
    String type =
        rowShape.rank() == 0 ? number : dtype == DType.UINT8 ? "binary" : "array<" + number + ">";
    return new InputSpec(name, List.of(new Column(name, type)), dtype, rowShape, Transform.NONE);
  }

  /** Filled from these columns. */
  public InputSpec columns(List<Column> from) {
    return new InputSpec(name, from, dtype, rowShape, transform);
  }

  /** With numbers changed on their way in. */
  public InputSpec transform(Transform next) {
    return new InputSpec(name, columns, dtype, rowShape, next);
  }

  /** The shape of {@code rows} rows. */
  Shape shape(long rows) {
    long[] row = rowShape.toArray();
    long[] sizes = new long[row.length + 1];
    sizes[0] = rows;
    System.arraycopy(row, 0, sizes, 1, row.length);
    return Shape.of(sizes);
  }

  /** The number of rows in {@code value}, which must fit. */
  long rows(Tensor value) {
    long[] sizes = value.shape().toArray();
    if (value.dtype() != dtype
        || sizes.length == 0
        || !Arrays.equals(sizes, 1, sizes.length, rowShape.toArray(), 0, rowShape.rank())) {
      throw new TensorException(
          "input '"
              + name
              + "' must be "
              + dtype
              + " with rows of shape "
              + rowShape
              + ", got "
              + value.dtype()
              + " of shape "
              + value.shape());
    }
    return sizes[0];
  }
}
