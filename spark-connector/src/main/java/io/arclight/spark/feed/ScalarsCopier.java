package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.Platform;

/**
 * Gathers numeric columns into the columns of a matrix.
 *
 * @param floats whether they are floats as the matrix is
 */
record ScalarsCopier(
    List<String> columns, List<NumberType> types, int[] ordinals, DType dtype, boolean floats)
    implements FieldCopier {

  ScalarsCopier(List<String> columns, List<NumberType> types, int[] ordinals, DType dtype) {
    this(
        columns,
        types,
        ordinals,
        dtype,
        dtype == DType.FLOAT32 && types.stream().allMatch(type -> type == NumberType.FLOAT));
  }

  @Override
  public FieldCopier at(OrdinalMap map) {
    return new ScalarsCopier(
        columns, types, columns.stream().mapToInt(map::ordinal).toArray(), dtype);
  }

  @Override
  public void copy(InternalRow row, long address, RowMarks marks, int at) {
    if (floats && row instanceof UnsafeRow flat && !flat.anyNull()) {
      copyFloats(flat, address, marks, at);
      return;
    }
    for (int j = 0; j < ordinals.length; j++) {
      if (row.isNullAt(ordinals[j])) {
        marks.markNull(at, columns.get(j));
      } else if (!types.get(j).store(row, ordinals[j], dtype, address + (long) j * dtype.bytes())) {
        marks.markNan(at, columns.get(j));
      }
    }
  }

  /** The usual case: every field is a word after the bits of nulls. */
  private void copyFloats(UnsafeRow row, long address, RowMarks marks, int at) {
    Object base = row.getBaseObject();
    long words = row.getBaseOffset() + UnsafeRow.calculateBitSetWidthInBytes(row.numFields());
    for (int j = 0; j < ordinals.length; j++) {
      float value = Platform.getFloat(base, words + 8L * ordinals[j]);
      Platform.putFloat(null, address + 4L * j, value);
      if (Float.isNaN(value)) {
        marks.markNan(at, columns.get(j));
      }
    }
  }

  @Override
  public void copy(BatchSlice slice, long address, RowMarks marks, int at) {
    long stride = (long) ordinals.length * dtype.bytes();
    for (int j = 0; j < ordinals.length; j++) {
      ColumnVector vector = slice.column(ordinals[j]);
      if (vector.hasNull()) {
        markNulls(vector, slice, marks, at, columns.get(j));
      }
      copyColumn(vector, j, slice, address + (long) j * dtype.bytes(), stride, marks, at);
    }
  }

  private static void markNulls(
      ColumnVector vector, BatchSlice slice, RowMarks marks, int at, String column) {
    for (int i = 0; i < slice.count(); i++) {
      if (vector.isNullAt(slice.row(i))) {
        marks.markNull(at + i, column);
      }
    }
  }

  private void copyColumn(
      ColumnVector vector,
      int column,
      BatchSlice slice,
      long address,
      long stride,
      RowMarks marks,
      int at) {
    NumberType type = types.get(column);
    int count = slice.count();
    if (type == NumberType.FLOAT && dtype == DType.FLOAT32) {
      for (int i = 0; i < count; i++) {
        float value = vector.getFloat(slice.row(i));
        Platform.putFloat(null, address + i * stride, value);
        if (Float.isNaN(value)) {
          marks.markNan(at + i, columns.get(column));
        }
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      if (!type.store(vector, slice.row(i), dtype, address + i * stride)) {
        marks.markNan(at + i, columns.get(column));
      }
    }
  }
}
