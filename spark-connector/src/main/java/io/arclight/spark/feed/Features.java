package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;

/**
 * One input of the model and the columns that it comes from.
 *
 * @param name name in the batch
 * @param columns one column (number, array of numbers, ML vector or binary), or several numeric
 *     ones that become the columns of one matrix
 * @param sizes shape of one row, empty for a scalar; null when it follows from the data
 * @param dtype element type of the tensor
 */
public record Features(String name, List<String> columns, List<Long> sizes, DType dtype)
    implements Serializable {

  public Features {
    columns = List.copyOf(columns);
    sizes = sizes == null ? null : List.copyOf(sizes);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("features '" + name + "' name no column");
    }
  }

  /** One column, under its own name, as float32. */
  public static Features column(String column) {
    return new Features(column, List.of(column), null, DType.FLOAT32);
  }

  /** Numeric columns gathered into one [rows, columns] matrix named "features", as float32. */
  public static Features columns(String... columns) {
    return new Features("features", List.of(columns), null, DType.FLOAT32);
  }

  /** A column as it is: see {@link ColumnMapping#everyColumn}. */
  static Features natural(StructField field) {
    Features column = column(field.name());
    DataType type = field.dataType();
    if (type instanceof BinaryType) {
      return column.as(DType.UINT8);
    }
    DataType element = type instanceof ArrayType array ? array.elementType() : type;
    Features typed =
        NumberType.of(element).filter(number -> !number.isFloatingPoint()).isPresent()
            ? column.as(DType.INT64)
            : column;
    return element == type && NumberType.of(type).isPresent() ? typed.shaped(Shape.of()) : typed;
  }

  /** With this name of the tensor. */
  public Features named(String value) {
    return new Features(value, columns, sizes, dtype);
  }

  /**
   * The shape of one row, such as [1, 28, 28], or [] for a number by itself; the data must have as
   * many elements.
   */
  public Features shaped(Shape value) {
    return new Features(name, columns, Arrays.stream(value.toArray()).boxed().toList(), dtype);
  }

  /** Element type: float32, float64, int64, or uint8 for binary columns. */
  public Features as(DType value) {
    return new Features(name, columns, sizes, value);
  }
}
