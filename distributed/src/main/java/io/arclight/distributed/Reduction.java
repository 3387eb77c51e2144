package io.arclight.distributed;

import io.arclight.tensor.DType;
import sun.misc.Unsafe;

/** Combines two blocks of memory element by element: {@code target = own op incoming}. */
final class Reduction {
  private static final Unsafe UNSAFE = RawMemory.UNSAFE;

  private Reduction() {}

  /** Reduces {@code count} elements; AVG only sums here, see {@link #average}. */
  static void combine(ReduceOp op, DType dtype, long target, long own, long incoming, long count) {
    switch (dtype) {
      case FLOAT32 -> combineFloats(op, target, own, incoming, count);
      case FLOAT64 -> combineDoubles(op, target, own, incoming, count);
      case INT32 -> combineInts(op, target, own, incoming, count);
      case INT64 -> combineLongs(op, target, own, incoming, count);
      case BOOL, UINT8 -> throw new IllegalArgumentException("no reduction of " + dtype);
    }
  }

  /** Divides {@code count} sums by the number of ranks. */
  static void average(DType dtype, long target, long count, int size) {
    if (dtype == DType.FLOAT32) {
      for (long at = target, end = target + 4 * count; at < end; at += 4) {
        UNSAFE.putFloat(at, UNSAFE.getFloat(at) / size);
      }
    } else {
      for (long at = target, end = target + 8 * count; at < end; at += 8) {
        UNSAFE.putDouble(at, UNSAFE.getDouble(at) / size);
      }
    }
  }

  private static void combineFloats(ReduceOp op, long target, long own, long incoming, long count) {
    long bytes = 4 * count;
    switch (op) {
      case SUM, AVG -> {
        for (long i = 0; i < bytes; i += 4) {
          UNSAFE.putFloat(target + i, UNSAFE.getFloat(own + i) + UNSAFE.getFloat(incoming + i));
        }
      }
      case MAX -> {
        for (long i = 0; i < bytes; i += 4) {
          UNSAFE.putFloat(
              target + i, Math.max(UNSAFE.getFloat(own + i), UNSAFE.getFloat(incoming + i)));
        }
      }
      case MIN -> {
        for (long i = 0; i < bytes; i += 4) {
          UNSAFE.putFloat(
              target + i, Math.min(UNSAFE.getFloat(own + i), UNSAFE.getFloat(incoming + i)));
        }
      }
    }
  }

  private static void combineDoubles(
      ReduceOp op, long target, long own, long incoming, long count) {
    long bytes = 8 * count;
    switch (op) {
      case SUM, AVG -> {
        for (long i = 0; i < bytes; i += 8) {
          UNSAFE.putDouble(target + i, UNSAFE.getDouble(own + i) + UNSAFE.getDouble(incoming + i));
        }
      }
      case MAX -> {
        for (long i = 0; i < bytes; i += 8) {
          UNSAFE.putDouble(
              target + i, Math.max(UNSAFE.getDouble(own + i), UNSAFE.getDouble(incoming + i)));
        }
      }
      case MIN -> {
        for (long i = 0; i < bytes; i += 8) {
          UNSAFE.putDouble(
              target + i, Math.min(UNSAFE.getDouble(own + i), UNSAFE.getDouble(incoming + i)));
        }
      }
    }
  }

  private static void combineInts(ReduceOp op, long target, long own, long incoming, long count) {
    long bytes = 4 * count;
    switch (op) {
      case SUM, AVG -> {
        for (long i = 0; i < bytes; i += 4) {
          UNSAFE.putInt(target + i, UNSAFE.getInt(own + i) + UNSAFE.getInt(incoming + i));
        }
      }
      case MAX -> {
        for (long i = 0; i < bytes; i += 4) {
          UNSAFE.putInt(target + i, Math.max(UNSAFE.getInt(own + i), UNSAFE.getInt(incoming + i)));
        }
      }
      case MIN -> {
        for (long i = 0; i < bytes; i += 4) {
          UNSAFE.putInt(target + i, Math.min(UNSAFE.getInt(own + i), UNSAFE.getInt(incoming + i)));
        }
      }
    }
  }

  private static void combineLongs(ReduceOp op, long target, long own, long incoming, long count) {
    long bytes = 8 * count;
    switch (op) {
      case SUM, AVG -> {
        for (long i = 0; i < bytes; i += 8) {
          UNSAFE.putLong(target + i, UNSAFE.getLong(own + i) + UNSAFE.getLong(incoming + i));
        }
      }
      case MAX -> {
        for (long i = 0; i < bytes; i += 8) {
          UNSAFE.putLong(
              target + i, Math.max(UNSAFE.getLong(own + i), UNSAFE.getLong(incoming + i)));
        }
      }
      case MIN -> {
        for (long i = 0; i < bytes; i += 8) {
          UNSAFE.putLong(
              target + i, Math.min(UNSAFE.getLong(own + i), UNSAFE.getLong(incoming + i)));
        }
      }
    }
  }
}
