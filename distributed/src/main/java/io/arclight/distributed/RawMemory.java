package io.arclight.distributed;

import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import sun.misc.Unsafe;

/** Host memory by address: what channels read from and write to without a copy. */
final class RawMemory {
  static final Unsafe UNSAFE;
  private static final long ADDRESS;
  private static final long CAPACITY;

  static {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      UNSAFE = (Unsafe) field.get(null);
      ADDRESS = UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField("address"));
      CAPACITY = UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField("capacity"));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private RawMemory() {}

  /** A buffer over no memory yet, to be aimed. */
  static ByteBuffer view() {
    return ByteBuffer.allocateDirect(0).duplicate().order(ByteOrder.nativeOrder());
  }

  /** Makes a buffer of {@link #view} the {@code bytes} bytes at {@code address}. */
  static ByteBuffer aim(ByteBuffer view, long address, int bytes) {
    UNSAFE.putLong(view, ADDRESS, address);
    UNSAFE.putInt(view, CAPACITY, bytes);
    return view.clear();
  }

  static long address(ByteBuffer direct) {
    return UNSAFE.getLong(direct, ADDRESS);
  }

  static void copy(long from, long to, long bytes) {
    if (bytes > 0 && from != to) {
      UNSAFE.copyMemory(from, to, bytes);
    }
  }
}
