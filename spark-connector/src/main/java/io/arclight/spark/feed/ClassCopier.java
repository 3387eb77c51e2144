package io.arclight.spark.feed;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;

/** Copies a label as the int64 index of its class; strings have a null number type. */
record ClassCopier(String column, int ordinal, NumberType number, LabelTable labels)
    implements FieldCopier {

  @Override
  public FieldCopier at(OrdinalMap map) {
    return new ClassCopier(column, map.ordinal(column), number, labels);
  }

  @Override
  public void copy(InternalRow row, long address, RowMarks marks, int at) {
    if (row.isNullAt(ordinal)) {
      marks.markNull(at, column);
    } else if (number == null) {
      text(row.getUTF8String(ordinal), address, marks, at);
    } else if (number.isFloatingPoint()) {
      real(number.real(row, ordinal), address, marks, at);
    } else {
      integer(number.integer(row, ordinal), address, marks, at);
    }
  }

  @Override
  public void copy(BatchSlice slice, long address, RowMarks marks, int at) {
    ColumnVector vector = slice.column(ordinal);
    boolean nulls = vector.hasNull();
    for (int i = 0; i < slice.count(); i++) {
      int row = slice.row(i);
      if (nulls && vector.isNullAt(row)) {
        marks.markNull(at + i, column);
      } else if (number == null) {
        text(vector.getUTF8String(row), address + 8L * i, marks, at + i);
      } else if (number.isFloatingPoint()) {
        real(number.real(vector, row), address + 8L * i, marks, at + i);
      } else {
        integer(number.integer(vector, row), address + 8L * i, marks, at + i);
      }
    }
  }

  private void integer(long value, long address, RowMarks marks, int at) {
    int index = labels.indexOf(value);
    if (index < 0) {
      throw unknown(number == NumberType.BOOLEAN ? value == 1 : value, marks, at);
    }
    Platform.putLong(null, address, index);
  }

  private void real(double value, long address, RowMarks marks, int at) {
    if (Double.isNaN(value)) {
      marks.markNan(at, column);
      return;
    }
    int index = labels.indexOf(value);
    if (index < 0) {
      throw unknown(value, marks, at);
    }
    Platform.putLong(null, address, index);
  }

  private void text(UTF8String value, long address, RowMarks marks, int at) {
    int index = labels.indexOf(value);
    if (index < 0) {
      throw unknown(value, marks, at);
    }
    Platform.putLong(null, address, index);
  }

  private FeedException unknown(Object value, RowMarks marks, int at) {
    return marks.error(
        at,
        "label %s of column '%s' is none of the %d classes %s"
            .formatted(value, column, labels.size(), labels.describe()));
  }
}
