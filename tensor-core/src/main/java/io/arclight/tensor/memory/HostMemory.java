package io.arclight.tensor.memory;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.nio.Buffer;
import sun.misc.Unsafe;

/** Unchecked typed access to addresses of host memory; who calls it answers for the bounds. */
public final class HostMemory {
  private static final Unsafe UNSAFE = unsafe();
  private static final long FLOATS = Unsafe.ARRAY_FLOAT_BASE_OFFSET;
  private static final long BYTES = Unsafe.ARRAY_BYTE_BASE_OFFSET;

  private static final long BUFFER_ADDRESS = bufferAddress();

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

  /** Copies a whole array of primitives to memory; returns the number of bytes. */
  public static long copyIn(Object array, long to) {
    long bytes = bytes(array);
    UNSAFE.copyMemory(array, UNSAFE.arrayBaseOffset(array.getClass()), null, to, bytes);
    return bytes;
  }

  /** Fills a whole array of primitives from memory. */
  public static void copyOut(long from, Object array) {
    UNSAFE.copyMemory(null, from, array, UNSAFE.arrayBaseOffset(array.getClass()), bytes(array));
  }

  private static long bytes(Object array) {
    if (!array.getClass().getComponentType().isPrimitive()) {
      throw new IllegalArgumentException("not an array of primitives: " + array.getClass());
    }
    return (long) Array.getLength(array) * UNSAFE.arrayIndexScale(array.getClass());
  }

  /** The address of a direct buffer's element 0. */
  public static long address(Buffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("not a direct buffer: " + direct);
    }
    return UNSAFE.getLong(direct, BUFFER_ADDRESS);
  }

  private static long bufferAddress() {
    try {
      return UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField("address"));
    } catch (NoSuchFieldException e) {
      throw new ExceptionInInitializerError(e);
    }
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
