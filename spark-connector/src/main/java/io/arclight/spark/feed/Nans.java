package io.arclight.spark.feed;

import io.arclight.tensor.DType;
import org.apache.spark.unsafe.Platform;

/** Looks for NaNs in dense memory without a branch for each element: every row pays for it. */
final class Nans {
  private static final int FLOAT_MAGNITUDE = 0x7fffffff;
  private static final int FLOAT_INFINITY = 0x7f800000;
  private static final long DOUBLE_MAGNITUDE = 0x7fffffff_ffffffffL;
  private static final long DOUBLE_INFINITY = 0x7ff00000_00000000L;
  private static final long PAIR_MAGNITUDE = 0x7fffffff_7fffffffL;
  private static final long PAIR_INFINITY = 0x7f800000_7f800000L;
  private static final long PAIR_SIGNS = 0x80000000_80000000L;

  private Nans() {}

  /** Whether one of {@code count} elements is NaN; never for integers. */
  static boolean any(DType dtype, long address, int count) {
    return switch (dtype) {
      case FLOAT32 -> floats(address, count);
      case FLOAT64 -> doubles(address, count);
      default -> false;
    };
  }

  /**
   * A NaN's magnitude is above infinity's, so that a difference is negative. Two floats at a time:
   * a borrow from the upper one comes of a NaN only, so nothing else is taken for one.
   */
  private static boolean floats(long address, int count) {
    long below = 0;
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      long first = Platform.getLong(null, address + 4L * i) & PAIR_MAGNITUDE;
      long second = Platform.getLong(null, address + 4L * i + 8) & PAIR_MAGNITUDE;
      below |= (PAIR_INFINITY - first) | (PAIR_INFINITY - second);
    }
    boolean nan = (below & PAIR_SIGNS) != 0;
    for (; i < count; i++) {
      nan |= (Platform.getInt(null, address + 4L * i) & FLOAT_MAGNITUDE) > FLOAT_INFINITY;
    }
    return nan;
  }

  private static boolean doubles(long address, int count) {
    long below = 0;
    for (int i = 0; i < count; i++) {
      below |= DOUBLE_INFINITY - (Platform.getLong(null, address + 8L * i) & DOUBLE_MAGNITUDE);
    }
    return below < 0;
  }
}
