package io.arclight.tensor.memory;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/** Unchecked typed access to addresses of host memory; who calls it answers for the bounds. */
public final class HostMemory {
  private static final Unsafe UNSAFE = unsafe();
  private static final long FLOATS = Unsafe.ARRAY_FLOAT_BASE_OFFSET;
  private static final long BYTES = Unsafe.ARRAY_BYTE_BASE_OFFSET;

  private HostMemory() {}

  public static byte int8(long address) {
    return UNSAFE.getByte(address);
  }

  public static short int16(long address) {
    return UNSAFE.getShort(address);
  }

  public static int int32(long address) {
    return UNSAFE.getInt(address);
  }

  public static long int64(long address) {
    return UNSAFE.getLong(address);
  }

  public static float float32(long address) {
    return UNSAFE.getFloat(address);
  }

  public static double float64(long address) {
    return UNSAFE.getDouble(address);
  }

  public static void putInt8(long address, byte value) {
    UNSAFE.putByte(address, value);
  }

  public static void putInt16(long address, short value) {
    UNSAFE.putShort(address, value);
  }

  public static void putInt32(long address, int value) {
    UNSAFE.putInt(address, value);
  }

  public static void putInt64(long address, long value) {
    UNSAFE.putLong(address, value);
  }

  public static void putFloat32(long address, float value) {
    UNSAFE.putFloat(address, value);
  }

  public static void putFloat64(long address, double value) {
    UNSAFE.putDouble(address, value);
  }

  /** Copies {@code bytes} bytes; the ranges may overlap. */
  public static void copy(long from, long to, long bytes) {
    UNSAFE.copyMemory(from, to, bytes);
  }

  /** Copies {@code count} floats of {@code source}, from index {@code start} on, to memory. */
  public static void copy(float[] source, int start, long to, int count) {
    java.util.Objects.checkFromIndexSize(start, count, source.length);
    UNSAFE.copyMemory(source, FLOATS + 4L * start, null, to, 4L * count);
  }

  /** Copies {@code count} floats from memory into {@code target}, from index {@code start} on. */
  public static void copy(long from, float[] target, int start, int count) {
    java.util.Objects.checkFromIndexSize(start, count, target.length);
    UNSAFE.copyMemory(null, from, target, FLOATS + 4L * start, 4L * count);
  }

  /** Copies {@code count} bytes of {@code source}, from index {@code start} on, to memory. */
  public static void copy(byte[] source, int start, long to, int count) {
    java.util.Objects.checkFromIndexSize(start, count, source.length);
    UNSAFE.copyMemory(source, BYTES + start, null, to, count);
  }

  /** Copies {@code count} bytes from memory into {@code target}, from index {@code start} on. */
  public static void copy(long from, byte[] target, int start, int count) {
    java.util.Objects.checkFromIndexSize(start, count, target.length);
    UNSAFE.copyMemory(null, from, target, BYTES + start, count);
  }

  /** Sets {@code bytes} bytes to {@code value}. */
  public static void fill(long address, long bytes, byte value) {
    UNSAFE.setMemory(address, bytes, value);
  }

  /** Writes {@code value} if {@code expected} is there; whether it was. */
  public static boolean compareAndSet(long address, long expected, long value) {
    return UNSAFE.compareAndSwapLong(null, address, expected, value);
  }

  static long allocate(long bytes) {
    return UNSAFE.allocateMemory(bytes);
  }

  static void free(long address) {
    UNSAFE.freeMemory(address);
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
