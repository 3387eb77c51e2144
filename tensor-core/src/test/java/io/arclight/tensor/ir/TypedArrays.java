package io.arclight.tensor.ir;

import java.lang.reflect.Array;

/** Java arrays as the contents of kernel buffers. */
final class TypedArrays {
  private TypedArrays() {}

  static Object of(Type type, int n) {
    return switch (type) {
      case F64 -> new double[n];
      case F32 -> new float[n];
      case I64 -> new long[n];
      case I32 -> new int[n];
      case F16, BF16, I16 -> new short[n];
      case I8, U8, BOOL -> new byte[n];
    };
  }

  static Type type(Object array) {
    return array instanceof double[]
        ? Type.F64
        : array instanceof float[]
            ? Type.F32
            : array instanceof long[] ? Type.I64 : array instanceof int[] ? Type.I32 : Type.U8;
  }

  static int length(Object array) {
    return Array.getLength(array);
  }

  static void set(Object array, int i, double value) {
    if (array instanceof double[] doubles) {
      doubles[i] = value;
    } else {
      ((float[]) array)[i] = (float) value;
    }
  }

  static void set(Object array, int i, long value) {
    if (array instanceof long[] longs) {
      longs[i] = value;
    } else {
      ((int[]) array)[i] = (int) value;
    }
  }
}
