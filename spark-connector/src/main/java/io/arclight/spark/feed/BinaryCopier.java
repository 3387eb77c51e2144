package io.arclight.spark.feed;

import io.arclight.spark.internal.ArrayVector;
import io.arclight.spark.internal.BulkCopy;
import io.arclight.tensor.DType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.Platform;

/** Copies binary values of one length; a byte is a number from 0 to 255. */
record BinaryCopier(String column, int ordinal, DType dtype, int width) implements FieldCopier {

  @Override
  public FieldCopier at(OrdinalMap map) {
    return new BinaryCopier(column, map.ordinal(column), dtype, width);
  }

  @Override
  public void copy(InternalRow row, long address, RowMarks marks, int at) {
    if (row.isNullAt(ordinal)) {
      marks.markNull(at, column);
    } else {
      copyBytes(row.getBinary(ordinal), address, marks, at);
    }
  }

  @Override
  public void copy(BatchSlice slice, long address, RowMarks marks, int at) {
    ColumnVector vector = slice.column(ordinal);
    ArrayVector bytes = ArrayVector.of(vector);
    boolean nulls = vector.hasNull();
    long stride = (long) width * dtype.bytes();
    for (int i = 0; i < slice.count(); i++) {
      int row = slice.row(i);
      if (nulls && vector.isNullAt(row)) {
        marks.markNull(at + i, column);
      } else if (bytes == null) {
        copyBytes(vector.getBinary(row), address + i * stride, marks, at + i);
      } else {
        check(bytes.length(row), marks, at + i);
        copyElements(bytes.elements(), bytes.offset(row), address + i * stride);
      }
    }
  }

  private void copyElements(ColumnVector elements, int offset, long address) {
    if (dtype == DType.UINT8 && BulkCopy.of(elements, offset, width, 1, address)) {
      return;
    }
    for (int k = 0; k < width; k++) {
      store(elements.getByte(offset + k), address, k);
    }
  }

  private void copyBytes(byte[] bytes, long address, RowMarks marks, int at) {
    check(bytes.length, marks, at);
    for (int k = 0; k < width; k++) {
      store(bytes[k], address, k);
    }
  }

  private void store(byte value, long address, int k) {
    if (dtype == DType.UINT8) {
      Platform.putByte(null, address + k, value);
    } else {
      Platform.putFloat(null, address + 4L * k, value & 0xff);
    }
  }

  private void check(int length, RowMarks marks, int at) {
    if (length != width) {
      throw marks.error(
          at,
          "values of column '%s' differ in length: expected %d bytes, found %d"
              .formatted(column, width, length));
    }
  }
}
