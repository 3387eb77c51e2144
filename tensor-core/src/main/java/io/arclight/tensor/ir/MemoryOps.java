package io.arclight.tensor.ir;

import io.arclight.tensor.memory.HalfFloats;
import io.arclight.tensor.memory.HostMemory;

/** Steps of loads and stores. */
final class MemoryOps {
  private MemoryOps() {}

  static Step load(int buffer, Type element, int index, int out) {
    return switch (element) {
      case F64 ->
          (f, n) -> {
            long base = f.args[buffer];
            long[] at = f.longs[index];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = HostMemory.float64(base + 8 * at[i]);
            }
          };
      case F32 ->
          (f, n) -> {
            long base = f.args[buffer];
            long[] at = f.longs[index];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = HostMemory.float32(base + 4 * at[i]);
            }
          };
      case I64 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = HostMemory.int64(f.args[buffer] + 8 * f.longs[index][i]);
            }
          };
      case I32 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = HostMemory.int32(f.args[buffer] + 4 * f.longs[index][i]);
            }
          };
      case F16 -> reals(buffer, a -> HalfFloats.fromFloat16(HostMemory.int16(a)), index, out);
      case BF16 -> reals(buffer, a -> HalfFloats.fromBfloat16(HostMemory.int16(a)), index, out);
      case I16 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = HostMemory.int16(f.args[buffer] + 2 * f.longs[index][i]);
            }
          };
      case I8 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = HostMemory.int8(f.args[buffer] + f.longs[index][i]);
            }
          };
      case U8 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = HostMemory.int8(f.args[buffer] + f.longs[index][i]) & 0xff;
            }
          };
      case BOOL ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = HostMemory.int8(f.args[buffer] + f.longs[index][i]) != 0 ? 1 : 0;
            }
          };
    };
  }

  static Step store(int buffer, Type element, int index, int value) {
    return switch (element) {
      case F64 ->
          (f, n) -> {
            long base = f.args[buffer];
            long[] at = f.longs[index];
            double[] x = f.doubles[value];
            for (int i = 0; i < n; i++) {
              HostMemory.putFloat64(base + 8 * at[i], x[i]);
            }
          };
      case F32 ->
          (f, n) -> {
            long base = f.args[buffer];
            long[] at = f.longs[index];
            double[] x = f.doubles[value];
            for (int i = 0; i < n; i++) {
              HostMemory.putFloat32(base + 4 * at[i], (float) x[i]);
            }
          };
      case I64 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              HostMemory.putInt64(f.args[buffer] + 8 * f.longs[index][i], f.longs[value][i]);
            }
          };
      case I32 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              HostMemory.putInt32(f.args[buffer] + 4 * f.longs[index][i], (int) f.longs[value][i]);
            }
          };
      case F16 -> put(buffer, index, value, HalfFloats::toFloat16);
      case BF16 -> put(buffer, index, value, HalfFloats::toBfloat16);
      case I16 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              HostMemory.putInt16(
                  f.args[buffer] + 2 * f.longs[index][i], (short) f.longs[value][i]);
            }
          };
      case I8, U8, BOOL ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              HostMemory.putInt8(f.args[buffer] + f.longs[index][i], (byte) f.longs[value][i]);
            }
          };
    };
  }

  private interface Read {
    float at(long address);
  }

  private interface Bits {
    short of(float value);
  }

  private static Step reals(int buffer, Read read, int index, int out) {
    return (f, n) -> {
      for (int i = 0; i < n; i++) {
        f.doubles[out][i] = read.at(f.args[buffer] + 2 * f.longs[index][i]);
      }
    };
  }

  private static Step put(int buffer, int index, int value, Bits bits) {
    return (f, n) -> {
      for (int i = 0; i < n; i++) {
        HostMemory.putInt16(
            f.args[buffer] + 2 * f.longs[index][i], bits.of((float) f.doubles[value][i]));
      }
    };
  }
}
