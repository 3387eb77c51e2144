package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Kernel.Access;
import io.arclight.tensor.ir.Kernel.Buffer;
import java.util.Random;

/** Buffers and their contents for sample kernels. */
final class SampleData {
  static final Expr.Var ROW = new Expr.Var("row", Type.I64);

  private SampleData() {}

  static Buffer read(Type type) {
    return new Buffer(type, Access.READ);
  }

  static Buffer write(Type type) {
    return new Buffer(type, Access.WRITE);
  }

  /** All pairs of special values, then random pairs. */
  static Object[] pairs(Type type) {
    double[] special = {
      0.0,
      -0.0,
      1,
      -1,
      0.5,
      -0.5,
      1.5,
      2.5,
      -2.5,
      3,
      10,
      88.7,
      -104,
      1e-40,
      -1e-40,
      1.1754944e-38,
      3.4e38,
      -3.4e38,
      2147483647,
      -2147483648.0,
      9.3e18,
      -9.3e18,
      1e300,
      -1e-310,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN
    };
    long[] whole = {
      0,
      1,
      -1,
      2,
      -2,
      7,
      31,
      32,
      33,
      63,
      64,
      65,
      255,
      256,
      65536,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      Integer.MAX_VALUE + 1L,
      Integer.MIN_VALUE - 1L,
      1L << 53,
      (1L << 53) + 1,
      0x4000004000000001L,
      Long.MAX_VALUE,
      Long.MIN_VALUE
    };
    int count = type.isFloat() ? special.length : whole.length;
    int n = count * count + 500;
    Object a = TypedArrays.of(type, n);
    Object b = TypedArrays.of(type, n);
    Random random = new Random(type.ordinal());
    for (int i = 0; i < n; i++) {
      boolean grid = i < count * count;
      if (type.isFloat()) {
        double scale = Math.pow(10, random.nextInt(6) - 3);
        TypedArrays.set(a, i, grid ? special[i / count] : random.nextGaussian() * scale);
        TypedArrays.set(b, i, grid ? special[i % count] : random.nextGaussian());
      } else {
        TypedArrays.set(a, i, grid ? whole[i / count] : random.nextLong());
        TypedArrays.set(b, i, grid ? whole[i % count] : random.nextLong() >> random.nextInt(64));
      }
    }
    return new Object[] {a, b};
  }

  static Object normal(Type type, int n, long seed) {
    Random random = new Random(seed);
    Object array = TypedArrays.of(type, n);
    for (int i = 0; i < n; i++) {
      TypedArrays.set(array, i, random.nextGaussian());
    }
    return array;
  }

  static byte[] flags(int n) {
    Random random = new Random(n);
    byte[] flags = new byte[n];
    for (int i = 0; i < n; i++) {
      flags[i] = (byte) random.nextInt(2);
    }
    return flags;
  }
}
