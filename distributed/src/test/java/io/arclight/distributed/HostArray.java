package io.arclight.distributed;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HalfFloats;
import java.util.Random;
import sun.misc.Unsafe;

/** Elements in host memory, filled with numbers whose sums depend on the order of adding. */
final class HostArray implements AutoCloseable {
  private static final Unsafe UNSAFE = RawMemory.UNSAFE;

  final long address;
  final long count;
  final DType dtype;

  HostArray(DType dtype, long count) {
    this.dtype = dtype;
    this.count = count;
    this.address = UNSAFE.allocateMemory(Math.max(8, bytes()));
  }

  static HostArray random(DType dtype, long count, long seed) {
    HostArray array = new HostArray(dtype, count);
    Random random = new Random(seed);
    for (long i = 0; i < count; i++) {
      long at = array.address + i * dtype.bytes();
      switch (dtype) {
        case FLOAT32 -> UNSAFE.putFloat(at, (float) random.nextGaussian() * (1 << (i % 20)));
        case FLOAT64 -> UNSAFE.putDouble(at, random.nextGaussian() * (1 << (i % 20)));
        case INT32 -> UNSAFE.putInt(at, random.nextInt());
        case INT64 -> UNSAFE.putLong(at, random.nextLong());
        case INT16 -> UNSAFE.putShort(at, (short) random.nextInt());
        case FLOAT16 -> UNSAFE.putShort(at, HalfFloats.toFloat16((float) random.nextGaussian()));
        case BFLOAT16 -> UNSAFE.putShort(at, HalfFloats.toBfloat16((float) random.nextGaussian()));
        case UINT8, INT8, BOOL -> UNSAFE.putByte(at, (byte) random.nextInt(2));
        case COMPLEX64 -> UNSAFE.putLong(at, random.nextLong());
        case COMPLEX128 -> {
          UNSAFE.putDouble(at, random.nextGaussian());
          UNSAFE.putDouble(at + 8, random.nextGaussian());
        }
      }
    }
    return array;
  }

  static HostArray filled(long count, float value) {
    HostArray array = new HostArray(DType.FLOAT32, count);
    for (long i = 0; i < count; i++) {
      UNSAFE.putFloat(array.address + 4 * i, value);
    }
    return array;
  }

  long bytes() {
    return count * dtype.bytes();
  }

  float getFloat(long index) {
    return UNSAFE.getFloat(address + 4 * index);
  }

  byte[] toBytes() {
    byte[] bytes = new byte[Math.toIntExact(bytes())];
    UNSAFE.copyMemory(null, address, bytes, Unsafe.ARRAY_BYTE_BASE_OFFSET, bytes.length);
    return bytes;
  }

  @Override
  public void close() {
    UNSAFE.freeMemory(address);
  }
}
