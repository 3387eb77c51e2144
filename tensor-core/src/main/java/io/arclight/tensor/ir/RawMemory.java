package io.arclight.tensor.ir;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/** Typed access to off-heap addresses, for the interpreter. */
final class RawMemory {
  private static final Unsafe UNSAFE = unsafe();

  private RawMemory() {}

  static double float64(long address) {
    return UNSAFE.getDouble(address);
  }

  static float float32(long address) {
    return UNSAFE.getFloat(address);
  }

  static long int64(long address) {
    return UNSAFE.getLong(address);
  }

  static int int32(long address) {
    return UNSAFE.getInt(address);
  }

  static byte int8(long address) {
    return UNSAFE.getByte(address);
  }

  static void putFloat64(long address, double value) {
    UNSAFE.putDouble(address, value);
  }

  static void putFloat32(long address, float value) {
    UNSAFE.putFloat(address, value);
  }

  static void putInt64(long address, long value) {
    UNSAFE.putLong(address, value);
  }

  static void putInt32(long address, int value) {
    UNSAFE.putInt(address, value);
  }

  static void putInt8(long address, byte value) {
    UNSAFE.putByte(address, value);
  }

  static boolean compareAndSet(long address, long expected, long value) {
    return UNSAFE.compareAndSwapLong(null, address, expected, value);
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
