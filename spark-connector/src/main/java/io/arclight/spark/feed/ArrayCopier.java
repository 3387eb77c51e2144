package io.arclight.spark.feed;

import io.arclight.spark.internal.ArrayVector;
import io.arclight.spark.internal.BulkCopy;
import io.arclight.tensor.DType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Copies arrays of numbers, all of one length. */
record ArrayCopier(String column, int ordinal, NumberType type, DType dtype, int width)
    implements FieldCopier {

  @Override
  public FieldCopier at(OrdinalMap map) {
    return new ArrayCopier(column, map.ordinal(column), type, dtype, width);
  }

  @Override
  public void copy(InternalRow row, long address, RowMarks marks, int at) {
    if (row.isNullAt(ordinal)) {
      marks.markNull(at, column);
      return;
    }
    copyArray(row.getArray(ordinal), address, marks, at);
  }

  @Override
  public void copy(BatchSlice slice, long address, RowMarks marks, int at) {
    ColumnVector vector = slice.column(ordinal);
    ArrayVector arrays = ArrayVector.of(vector);
    boolean nulls = vector.hasNull();
    long stride = (long) width * dtype.bytes();
    for (int i = 0; i < slice.count(); i++) {
      int row = slice.row(i);
      if (nulls && vector.isNullAt(row)) {
        marks.markNull(at + i, column);
      } else if (arrays == null) {
        copyArray(vector.getArray(row), address + i * stride, marks, at + i);
      } else {
        check(arrays.length(row), marks, at + i);
        copyElements(arrays.elements(), arrays.offset(row), address + i * stride, marks, at + i);
      }
    }
  }

  private void copyArray(ArrayData array, long address, RowMarks marks, int at) {
    check(array.numElements(), marks, at);
    if (type.dtype() == dtype && BulkCopy.of(array, width, dtype.bytes(), address)) {
      markNans(address, marks, at);
      return;
    }
    for (int k = 0; k < width; k++) {
      if (array.isNullAt(k)) {
        marks.markNull(at, column);
      } else if (!type.store(array, k, dtype, address + (long) k * dtype.bytes())) {
        marks.markNan(at, column);
      }
    }
  }

  private void copyElements(
      ColumnVector elements, int offset, long address, RowMarks marks, int at) {
    boolean nulls = elements.hasNull();
    if (!nulls
        && type.dtype() == dtype
        && BulkCopy.of(elements, offset, width, dtype.bytes(), address)) {
      markNans(address, marks, at);
      return;
    }
    for (int k = 0; k < width; k++) {
      if (nulls && elements.isNullAt(offset + k)) {
        marks.markNull(at, column);
      } else if (!type.store(elements, offset + k, dtype, address + (long) k * dtype.bytes())) {
        marks.markNan(at, column);
      }
    }
  }

  private void markNans(long address, RowMarks marks, int at) {
    if (Nans.any(dtype, address, width)) {
      marks.markNan(at, column);
    }
  }

  private void check(int length, RowMarks marks, int at) {
    if (length != width) {
      throw marks.error(
          at,
          "arrays of column '%s' differ in length: expected %d elements, found %d"
              .formatted(column, width, length));
    }
  }
}
