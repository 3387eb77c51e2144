package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;

/** Fills the inputs of a model from rows whose columns are the raw training columns in order. */
public final class RowInputs implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<Field> fields;
  private final List<FieldCopier> copiers;

  private RowInputs(List<Field> fields, List<FieldCopier> copiers) {
    this.fields = List.copyOf(fields);
    this.copiers = List.copyOf(copiers);
  }

  /** Collects inputs in the order of their columns. */
  public static final class Builder {
    private final List<Field> fields = new ArrayList<>();
    private final List<FieldCopier> copiers = new ArrayList<>();
    private int next;

    /**
     * Adds an input that the next {@code types.size()} columns of the rows make.
     *
     * @throws FeedException naming the column whose type does not fit
     */
    public Builder add(Field field, List<String> columns, List<DataType> types) {
      int first = next;
      next += types.size();
      fields.add(field);
      copiers.add(copier(field, columns, types).at(column -> first + columns.indexOf(column)));
      return this;
    }

    public RowInputs build() {
      return new RowInputs(fields, copiers);
    }

    private static FieldCopier copier(Field field, List<String> columns, List<DataType> types) {
      DataType type = types.get(0);
      String column = columns.get(0);
      DType dtype = field.dtype();
      boolean single = types.size() == 1;
      if (single && type instanceof ArrayType a && NumberType.of(a.elementType()).isPresent()) {
        NumberType elements = NumberType.of(a.elementType()).get();
        return new ArrayCopier(column, -1, elements, dtype, field.width());
      }
      if (single && type instanceof BinaryType) {
        return new BinaryCopier(column, -1, dtype, field.width());
      }
      if (single && ColumnResolver.isMlVector(type)) {
        return new MlVectorCopier(column, -1, dtype, field.width());
      }
      List<NumberType> numbers = new ArrayList<>();
      for (int i = 0; i < types.size(); i++) {
        Optional<NumberType> number = NumberType.of(types.get(i));
        if (number.isEmpty()) {
          throw new FeedException(
              "column '%s' is of type %s, which the model's input '%s' cannot take"
                  .formatted(columns.get(i), types.get(i).simpleString(), field.name()));
        }
        numbers.add(number.get());
      }
      if (numbers.size() != field.width()) {
        throw new FeedException(
            "input '%s' takes rows of %d elements, got %d column%s"
                .formatted(
                    field.name(), field.width(), numbers.size(), numbers.size() == 1 ? "" : "s"));
      }
      return new ScalarsCopier(columns, numbers, new int[numbers.size()], dtype);
    }
  }

  public List<Field> fields() {
    return fields;
  }

  /** A record of which rows have nulls, for {@code rows} rows. */
  public Nulls nulls(int rows) {
    return new Nulls(rows);
  }

  /** Which rows of a batch have a null. */
  public static final class Nulls {
    private final RowMarks marks;

    private Nulls(int rows) {
      marks = new RowMarks(rows);
    }

    /** Forgets all. */
    public void start() {
      marks.start("the query", 0, 0);
    }

    public boolean isNull(int row) {
      return marks.isNull(row);
    }
  }

  /**
   * Copies {@code row} as row {@code at} of the matrices at {@code addresses}, one a field.
   *
   * @throws FeedException if an array is not as long as the model expects
   */
  public void copy(InternalRow row, long[] addresses, int at, Nulls nulls) {
    for (int f = 0; f < addresses.length; f++) {
      long address = addresses[f] + (long) at * fields.get(f).rowBytes();
      copiers.get(f).copy(row, address, nulls.marks, at);
    }
  }
}
