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
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.unsafe.Platform;

/** Fills the inputs of a model from rows or batches with the raw training columns. */
public final class RowInputs implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<Field> fields;
  private final List<List<String>> columns;
  private final List<FieldCopier> copiers;

  private RowInputs(List<Field> fields, List<List<String>> columns, List<FieldCopier> copiers) {
    this.fields = List.copyOf(fields);
    this.columns = List.copyOf(columns);
    this.copiers = List.copyOf(copiers);
  }

  /** Collects inputs in the order of their columns. */
  public static final class Builder {
    private final List<Field> fields = new ArrayList<>();
    private final List<List<String>> columns = new ArrayList<>();
    private final List<FieldCopier> copiers = new ArrayList<>();
    private int next;

    /**
     * Adds an input that the next {@code types.size()} columns of the rows make.
     *
     * @throws FeedException naming the column whose type does not fit
     */
    public Builder add(Field field, List<String> names, List<DataType> types) {
      int first = next;
      next += types.size();
      fields.add(field);
      columns.add(List.copyOf(names));
      copiers.add(copier(field, names, types).at(column -> first + names.indexOf(column)));
      return this;
    }

    public RowInputs build() {
      return new RowInputs(fields, columns, copiers);
    }

    private static FieldCopier copier(Field field, List<String> columns, List<DataType> types) {
      DataType type = types.get(0);
      String column = columns.get(0);
      DType dtype = field.dtype();
      if (!NumberType.fills(dtype)) {
        throw new FeedException(
            ("the model's input '%s' is %s, which columns cannot fill: give it float32, float64,"
                    + " int64, or uint8 for binary columns, and convert in the model")
                .formatted(field.name(), dtype));
      }
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

  /** The columns that are read, in order. */
  public List<Field> fields() {
    return fields;
  }

  /** These inputs for rows whose column {@code ordinals[i]} is what was column {@code i}. */
  public RowInputs at(int[] ordinals) {
    List<FieldCopier> moved = new ArrayList<>();
    int first = 0;
    for (int f = 0; f < copiers.size(); f++) {
      List<String> names = columns.get(f);
      int start = first;
      moved.add(copiers.get(f).at(column -> ordinals[start + names.indexOf(column)]));
      first += names.size();
    }
    return new RowInputs(fields, columns, moved);
  }

  /** What becomes of rows with values that the model does not take. */
  public enum Bad {
    /** A null marks its row; an array of another length is an error; NaN is a value. */
    FAIL,
    /** Nulls, NaN and arrays of another length mark their rows. */
    MARK
  }

  /** Copies to the matrices at {@code addresses}, one a field, of {@code capacity} rows. */
  public Filler filler(long[] addresses, int capacity, Bad bad) {
    return new Filler(addresses, capacity, bad);
  }

  /** Fills the rows of matrices and remembers which are marked; used by one thread. */
  public final class Filler {
    private final long[] addresses;
    private final int[] rowBytes;
    private final RowMarks marks;
    private final Bad bad;
    private final BatchSlice slice = new BatchSlice();

    private Filler(long[] addresses, int capacity, Bad bad) {
      this.addresses = addresses;
      this.rowBytes = fields.stream().mapToInt(Field::rowBytes).toArray();
      this.marks = new RowMarks(capacity);
      this.bad = bad;
    }

    /** Begins again at row 0, which is row {@code firstRow} of {@code origin}. */
    public void start(String origin, long firstRow) {
      marks.start(origin, firstRow, 0);
    }

    /** Whether row {@code at} of the matrices has no answer. */
    public boolean isMarked(int at) {
      return bad == Bad.MARK ? marks.isBad(at) : marks.isNull(at);
    }

    /**
     * Copies {@code row} as row {@code at}.
     *
     * @throws FeedException if an array is not as long as the model expects
     */
    public void copy(InternalRow row, int at) {
      try {
        for (int f = 0; f < addresses.length; f++) {
          copiers.get(f).copy(row, address(f, at), marks, at);
        }
      } catch (FeedException e) {
        mark(at, e);
      }
      if (isMarked(at)) {
        clear(at);
      }
    }

    /**
     * Copies {@code count} rows of {@code batch} as rows 0 and following.
     *
     * @throws FeedException if an array is not as long as the model expects
     */
    public void copy(ColumnarBatch batch, int from, int count) {
      try {
        copy(slice.set(batch, null, from, count), 0);
      } catch (FeedException e) {
        if (bad == Bad.FAIL) {
          throw e;
        }
        // One row at a time shows which are bad.
        for (int i = 0; i < count; i++) {
          try {
            copy(slice.set(batch, null, from + i, 1), i);
          } catch (FeedException one) {
            mark(i, one);
          }
        }
      }
      if (marks.bad() > 0) {
        for (int i = 0; i < count; i++) {
          if (isMarked(i)) {
            clear(i);
          }
        }
      }
    }

    private void copy(BatchSlice rows, int at) {
      for (int f = 0; f < addresses.length; f++) {
        copiers.get(f).copy(rows, address(f, at), marks, at);
      }
    }

    private void mark(int at, FeedException e) {
      if (bad == Bad.FAIL) {
        throw e;
      }
      marks.markNull(at, "");
    }

    /** What a marked row left of another must not disturb the model. */
    private void clear(int at) {
      for (int f = 0; f < addresses.length; f++) {
        Platform.setMemory(address(f, at), (byte) 0, rowBytes[f]);
      }
    }

    private long address(int field, int row) {
      return addresses[field] + (long) row * rowBytes[field];
    }
  }
}
