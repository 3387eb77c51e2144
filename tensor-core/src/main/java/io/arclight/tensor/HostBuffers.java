package io.arclight.tensor;

import io.arclight.tensor.memory.HostMemory;
import java.lang.ref.Reference;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/** Tensors from, and to, NIO buffers; bytes are uint8, as in {@code torch.frombuffer}. */
final class HostBuffers {
  private HostBuffers() {}

  private static DType dtype(Buffer b) {
    if (b instanceof FloatBuffer) {
      return DType.FLOAT32;
    }
    if (b instanceof DoubleBuffer) {
      return DType.FLOAT64;
    }
    if (b instanceof LongBuffer) {
      return DType.INT64;
    }
    if (b instanceof IntBuffer) {
      return DType.INT32;
    }
    if (b instanceof ShortBuffer) {
      return DType.INT16;
    }
    if (b instanceof ByteBuffer) {
      return DType.UINT8;
    }
    throw new DTypeException("buffers of " + b.getClass().getSimpleName() + " do not hold numbers");
  }

  private static ByteOrder order(Buffer b) {
    return b instanceof FloatBuffer f
        ? f.order()
        : b instanceof DoubleBuffer d
            ? d.order()
            : b instanceof LongBuffer l
                ? l.order()
                : b instanceof IntBuffer i
                    ? i.order()
                    : b instanceof ShortBuffer s ? s.order() : ByteOrder.nativeOrder();
  }

  static Tensor from(Buffer buffer) {
    DType dtype = dtype(buffer);
    Shape shape = Shape.of(buffer.remaining());
    if (buffer.isDirect() && order(buffer) == ByteOrder.nativeOrder() && buffer.hasRemaining()) {
      long address = HostMemory.address(buffer) + (long) buffer.position() * dtype.bytes();
      if (address % dtype.bytes() == 0) {
        return Tensor.adopt(
            Device.CPU, address, shape, dtype, () -> Reference.reachabilityFence(buffer));
      }
    }
    Tensor out = Tensor.allocate("from", shape, dtype, Device.CPU);
    HostMemory.copyIn(array(buffer), out.address());
    return out;
  }

  /** The remaining elements. */
  private static Object array(Buffer buffer) {
    int n = buffer.remaining();
    if (buffer instanceof FloatBuffer b) {
      float[] out = new float[n];
      b.duplicate().get(out);
      return out;
    }
    if (buffer instanceof DoubleBuffer b) {
      double[] out = new double[n];
      b.duplicate().get(out);
      return out;
    }
    if (buffer instanceof LongBuffer b) {
      long[] out = new long[n];
      b.duplicate().get(out);
      return out;
    }
    if (buffer instanceof IntBuffer b) {
      int[] out = new int[n];
      b.duplicate().get(out);
      return out;
    }
    if (buffer instanceof ShortBuffer b) {
      short[] out = new short[n];
      b.duplicate().get(out);
      return out;
    }
    byte[] out = new byte[n];
    ((ByteBuffer) buffer).duplicate().get(out);
    return out;
  }

  static void copyTo(Tensor t, Buffer buffer) {
    DType holds = dtype(buffer);
    boolean bytes = buffer instanceof ByteBuffer;
    if (!bytes && holds != t.dtype()) {
      throw new DTypeException(
          "copyTo: a buffer of "
              + holds
              + " cannot hold "
              + t.dtype()
              + ": convert with to(dtype)");
    }
    long needed = bytes ? t.elements() * t.dtype().bytes() : t.elements();
    if (buffer.remaining() < needed) {
      throw new ShapeException(
          "copyTo: the buffer has room for "
              + buffer.remaining()
              + (bytes ? " bytes, " : " elements, ")
              + needed
              + " are needed for shape "
              + t.shape());
    }
    Tensor h = Tensors.onHost(t);
    put(buffer, h, (int) needed);
    Reference.reachabilityFence(h);
  }

  private static void put(Buffer buffer, Tensor h, int n) {
    if (buffer instanceof FloatBuffer b) {
      b.put((float[]) copied(new float[n], h));
    } else if (buffer instanceof DoubleBuffer b) {
      b.put((double[]) copied(new double[n], h));
    } else if (buffer instanceof LongBuffer b) {
      b.put((long[]) copied(new long[n], h));
    } else if (buffer instanceof IntBuffer b) {
      b.put((int[]) copied(new int[n], h));
    } else if (buffer instanceof ShortBuffer b) {
      b.put((short[]) copied(new short[n], h));
    } else {
      ((ByteBuffer) buffer).put((byte[]) copied(new byte[n], h));
    }
  }

  private static Object copied(Object array, Tensor h) {
    HostMemory.copyOut(h.address(), array);
    return array;
  }
}
