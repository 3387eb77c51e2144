package io.arclight.distributed;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HalfFloats;
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
      case FLOAT16, BFLOAT16 -> combineHalves(op, Half.of(dtype), target, own, incoming, count);
      case COMPLEX64 -> combineFloats(op, target, own, incoming, 2 * count);
      case COMPLEX128 -> combineDoubles(op, target, own, incoming, 2 * count);
      case BOOL, UINT8, INT8, INT16 ->
          throw new IllegalArgumentException("no reduction of " + dtype);
    }
  }

  /** Divides {@code count} sums by the number of ranks. */
  static void average(DType dtype, long target, long count, int size) {
    if (dtype.isComplex()) {
      average(dtype.toReal(), target, 2 * count, size);
      return;
    }
    if (dtype.bytes() == Short.BYTES) {
      Half half = Half.of(dtype);
      for (long at = target, end = target + 2 * count; at < end; at += 2) {
        half.put(at, half.get(at) / size);
      }
    } else if (dtype == DType.FLOAT32) {
      for (long at = target, end = target + 4 * count; at < end; at += 4) {
        UNSAFE.putFloat(at, UNSAFE.getFloat(at) / size);
      }
    } else {
      for (long at = target, end = target + 8 * count; at < end; at += 8) {
        UNSAFE.putDouble(at, UNSAFE.getDouble(at) / size);
      }
    }
  }

  /** How two-byte floating-point numbers are read and written. */
  private enum Half {
    FLOAT16 {
      @Override
      float get(long address) {
        return HalfFloats.fromFloat16(UNSAFE.getShort(address));
      }

      @Override
      void put(long address, float value) {
        UNSAFE.putShort(address, HalfFloats.toFloat16(value));
      }
    },
    BFLOAT16 {
      @Override
      float get(long address) {
        return HalfFloats.fromBfloat16(UNSAFE.getShort(address));
      }

      @Override
      void put(long address, float value) {
        UNSAFE.putShort(address, HalfFloats.toBfloat16(value));
      }
    };

    static Half of(DType dtype) {
      return dtype == DType.FLOAT16 ? FLOAT16 : BFLOAT16;
    }

    abstract float get(long address);

    abstract void put(long address, float value);
  }

  private static void combineHalves(
      ReduceOp op, Half half, long target, long own, long incoming, long count) {
    for (long i = 0; i < 2 * count; i += 2) {
      float a = half.get(own + i);
      float b = half.get(incoming + i);
      float value =
          switch (op) {
            case SUM, AVG -> a + b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
          };
      half.put(target + i, value);
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
