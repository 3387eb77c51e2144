package io.arclight.tensor.cpu;

import static io.arclight.tensor.memory.HostMemory.float32;
import static io.arclight.tensor.memory.HostMemory.float64;
import static io.arclight.tensor.memory.HostMemory.int16;
import static io.arclight.tensor.memory.HostMemory.int32;
import static io.arclight.tensor.memory.HostMemory.int64;
import static io.arclight.tensor.memory.HostMemory.putFloat32;
import static io.arclight.tensor.memory.HostMemory.putFloat64;
import static io.arclight.tensor.memory.HostMemory.putInt16;
import static io.arclight.tensor.memory.HostMemory.putInt32;
import static io.arclight.tensor.memory.HostMemory.putInt64;

import io.arclight.tensor.memory.HalfFloats;

/**
 * Matrix products in plain Java: for integers, which wrap, and for floating point where no library
 * is present.
 */
final class JavaGemm {
  private JavaGemm() {}

  static void multiply(Product p, long a, long b, long c) {
    int bytes = p.dtype().bytes();
    // From a factor of a sum to the next.
    long alongA = bytes * (p.transA() ? p.lda() : 1);
    long alongB = bytes * (p.transB() ? 1 : p.ldb());
    for (long i = 0; i < p.m(); i++) {
      long row = a + p.rowOfA(i);
      for (long j = 0; j < p.n(); j++) {
        long column = b + p.columnOfB(j);
        long at = c + p.elementOfC(i, j);
        switch (p.dtype()) {
          case FLOAT32 -> {
            double sum = p.accumulate() ? float32(at) : 0;
            for (long q = 0; q < p.k(); q++) {
              sum += (double) float32(row + q * alongA) * float32(column + q * alongB);
            }
            putFloat32(at, (float) sum);
          }
          case BFLOAT16 -> {
            double sum = p.accumulate() ? HalfFloats.fromBfloat16(int16(at)) : 0;
            for (long q = 0; q < p.k(); q++) {
              float left = HalfFloats.fromBfloat16(int16(row + q * alongA));
              sum += (double) left * HalfFloats.fromBfloat16(int16(column + q * alongB));
            }
            putInt16(at, HalfFloats.toBfloat16((float) sum));
          }
          case FLOAT64 -> {
            double sum = p.accumulate() ? float64(at) : 0;
            for (long q = 0; q < p.k(); q++) {
              sum += float64(row + q * alongA) * float64(column + q * alongB);
            }
            putFloat64(at, sum);
          }
          case INT32 -> {
            int sum = p.accumulate() ? int32(at) : 0;
            for (long q = 0; q < p.k(); q++) {
              sum += int32(row + q * alongA) * int32(column + q * alongB);
            }
            putInt32(at, sum);
          }
          case INT64 -> {
            long sum = p.accumulate() ? int64(at) : 0;
            for (long q = 0; q < p.k(); q++) {
              sum += int64(row + q * alongA) * int64(column + q * alongB);
            }
            putInt64(at, sum);
          }
          default -> throw new IllegalArgumentException("no matrix product of " + p.dtype());
        }
      }
    }
  }
}
