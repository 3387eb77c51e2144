package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.Platform;

/** Spark's types that become elements of tensors. */
enum NumberType {
  BOOLEAN,
  BYTE,
  SHORT,
  INTEGER,
  LONG,
  FLOAT,
  DOUBLE;

  static Optional<NumberType> of(DataType type) {
    if (type instanceof BooleanType) {
      return Optional.of(BOOLEAN);
    }
    if (type instanceof ByteType) {
      return Optional.of(BYTE);
    }
    if (type instanceof ShortType) {
      return Optional.of(SHORT);
    }
    if (type instanceof IntegerType) {
      return Optional.of(INTEGER);
    }
    if (type instanceof LongType) {
      return Optional.of(LONG);
    }
    if (type instanceof FloatType) {
      return Optional.of(FLOAT);
    }
    if (type instanceof DoubleType) {
      return Optional.of(DOUBLE);
    }
    return Optional.empty();
  }

  boolean isFloatingPoint() {
    return this == FLOAT || this == DOUBLE;
  }

  /** The dtype with the same bytes. */
  DType dtype() {
    return switch (this) {
      case BOOLEAN -> DType.BOOL;
      case BYTE -> DType.UINT8;
      case SHORT, INTEGER -> DType.INT32;
      case LONG -> DType.INT64;
      case FLOAT -> DType.FLOAT32;
      case DOUBLE -> DType.FLOAT64;
    };
  }

  double real(ColumnVector vector, int row) {
    return switch (this) {
      case FLOAT -> vector.getFloat(row);
      case DOUBLE -> vector.getDouble(row);
      case BOOLEAN, BYTE, SHORT, INTEGER, LONG -> integer(vector, row);
    };
  }

  long integer(ColumnVector vector, int row) {
    return switch (this) {
      case BOOLEAN -> vector.getBoolean(row) ? 1 : 0;
      case BYTE -> vector.getByte(row);
      case SHORT -> vector.getShort(row);
      case INTEGER -> vector.getInt(row);
      case LONG -> vector.getLong(row);
      case FLOAT -> (long) vector.getFloat(row);
      case DOUBLE -> (long) vector.getDouble(row);
    };
  }

  double real(SpecializedGetters row, int ordinal) {
    return switch (this) {
      case FLOAT -> row.getFloat(ordinal);
      case DOUBLE -> row.getDouble(ordinal);
      case BOOLEAN, BYTE, SHORT, INTEGER, LONG -> integer(row, ordinal);
    };
  }

  long integer(SpecializedGetters row, int ordinal) {
    return switch (this) {
      case BOOLEAN -> row.getBoolean(ordinal) ? 1 : 0;
      case BYTE -> row.getByte(ordinal);
      case SHORT -> row.getShort(ordinal);
      case INTEGER -> row.getInt(ordinal);
      case LONG -> row.getLong(ordinal);
      case FLOAT -> (long) row.getFloat(ordinal);
      case DOUBLE -> (long) row.getDouble(ordinal);
    };
  }

  /** Stores an element; false when it is NaN. */
  boolean store(ColumnVector vector, int row, DType dtype, long address) {
    if (dtype == DType.INT64) {
      Platform.putLong(null, address, integer(vector, row));
      return true;
    }
    return store(real(vector, row), dtype, address);
  }

  /** Stores an element; false when it is NaN. */
  boolean store(SpecializedGetters row, int ordinal, DType dtype, long address) {
    if (dtype == DType.INT64) {
      Platform.putLong(null, address, integer(row, ordinal));
      return true;
    }
    return store(real(row, ordinal), dtype, address);
  }

  /** Whether columns can fill tensors of {@code dtype}: uint8 from binary columns only. */
  static boolean fills(DType dtype) {
    return switch (dtype) {
      case FLOAT32, FLOAT64, INT64, UINT8 -> true;
      default -> false;
    };
  }

  static boolean store(double value, DType dtype, long address) {
    switch (dtype) {
      case FLOAT32 -> Platform.putFloat(null, address, (float) value);
      case FLOAT64 -> Platform.putDouble(null, address, value);
      default -> throw new IllegalArgumentException("numbers are not stored as " + dtype);
    }
    return !Double.isNaN(value);
  }
}
