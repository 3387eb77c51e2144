package io.arclight.spark.feed;

import io.arclight.spark.internal.ArrayVector;
import io.arclight.tensor.DType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.Platform;

/** Copies Spark ML vectors, dense or sparse, of one size: struct(type, size, indices, values). */
record MlVectorCopier(String column, int ordinal, DType dtype, int width) implements FieldCopier {
  private static final int DENSE = 1;

  @Override
  public FieldCopier at(OrdinalMap map) {
    return new MlVectorCopier(column, map.ordinal(column), dtype, width);
  }

  @Override
  public void copy(InternalRow row, long address, RowMarks marks, int at) {
    if (row.isNullAt(ordinal)) {
      marks.markNull(at, column);
      return;
    }
    InternalRow vector = row.getStruct(ordinal, 4);
    boolean dense = vector.getByte(0) == DENSE;
    ArrayData values = vector.getArray(3);
    check(dense ? values.numElements() : vector.getInt(1), marks, at);
    ArrayData indices = dense ? null : vector.getArray(2);
    if (!dense) {
      clear(address);
    }
    for (int k = 0; k < values.numElements(); k++) {
      store(values.getDouble(k), dense ? k : indices.getInt(k), address, marks, at);
    }
  }

  @Override
  public void copy(BatchSlice slice, long address, RowMarks marks, int at) {
    ColumnVector vector = slice.column(ordinal);
    long stride = (long) width * dtype.bytes();
    ArrayVector indices = ArrayVector.of(vector.getChild(2));
    ArrayVector values = ArrayVector.of(vector.getChild(3));
    for (int i = 0; i < slice.count(); i++) {
      int row = slice.row(i);
      if (vector.isNullAt(row)) {
        marks.markNull(at + i, column);
        continue;
      }
      boolean dense = vector.getChild(0).getByte(row) == DENSE;
      int stored = values.length(row);
      check(dense ? stored : vector.getChild(1).getInt(row), marks, at + i);
      long target = address + i * stride;
      if (!dense) {
        clear(target);
      }
      for (int k = 0; k < stored; k++) {
        int index = dense ? k : indices.elements().getInt(indices.offset(row) + k);
        double value = values.elements().getDouble(values.offset(row) + k);
        store(value, index, target, marks, at + i);
      }
    }
  }

  private void store(double value, int index, long address, RowMarks marks, int at) {
    if (!NumberType.store(value, dtype, address + (long) index * dtype.bytes())) {
      marks.markNan(at, column);
    }
  }

  private void clear(long address) {
    Platform.setMemory(address, (byte) 0, (long) width * dtype.bytes());
  }

  private void check(int size, RowMarks marks, int at) {
    if (size != width) {
      throw marks.error(
          at,
          "vectors of column '%s' differ in size: expected %d elements, found %d"
              .formatted(column, width, size));
    }
  }
}
