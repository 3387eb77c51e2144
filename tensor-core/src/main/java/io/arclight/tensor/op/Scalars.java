package io.arclight.tensor.op;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.ir.Type;

/** Java numbers as operands: their dtypes and their bits in a kernel's argument block. */
public final class Scalars {
  private Scalars() {}

  /** The dtype that a tensor made of {@code value} has: int64 for integers, else the default. */
  public static DType dtype(Number value) {
    if (value instanceof Complex) {
      return DType.defaultDType().toComplex();
    }
    return integral(value) ? DType.INT64 : DType.defaultDType();
  }

  /** {@code value} as a Long or a Double, so that equal numbers are equal objects; null stays. */
  static Number normal(Number value) {
    if (value == null) {
      return null;
    }
    if (value instanceof Complex) {
      return value;
    }
    return integral(value) ? (Number) value.longValue() : (Number) value.doubleValue();
  }

  public static boolean integral(Number value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte;
  }

  /** {@code value} converted to {@code type}, as an argument slot. */
  public static long bits(Type type, Number value) {
    return switch (type.value()) {
      case F64 -> Double.doubleToRawLongBits(value.doubleValue());
      case F32 -> Integer.toUnsignedLong(Float.floatToRawIntBits(value.floatValue()));
      case I64 -> value.longValue();
      case I32 -> (int) value.longValue();
      case BOOL -> value.doubleValue() != 0 ? 1 : 0;
      default -> throw new IllegalStateException(type + " is not a value type");
    };
  }
}
