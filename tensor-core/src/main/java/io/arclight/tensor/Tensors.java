package io.arclight.tensor;

import io.arclight.tensor.memory.HalfFloats;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.op.Pointwise;
import java.util.Arrays;

/** Creation from, and conversion to, what Java has. */
final class Tensors {
  private Tensors() {}

  private static Tensor host(long count, Shape shape, DType dtype) {
    if (count != shape.elements()) {
      throw new ShapeException(
          count + " values do not fill shape " + shape + " of " + shape.elements() + " elements");
    }
    return Tensor.allocate("of", shape, dtype, Device.CPU);
  }

  static Tensor fromFloats(float[] values, Shape shape) {
    Tensor t = host(values.length, shape, DType.FLOAT32);
    HostMemory.copy(values, 0, t.address(), values.length);
    return t;
  }

  static Tensor fromDoubles(double[] values, Shape shape) {
    Tensor t = host(values.length, shape, DType.FLOAT64);
    for (int i = 0; i < values.length; i++) {
      HostMemory.putFloat64(t.address() + 8L * i, values[i]);
    }
    return t;
  }

  static Tensor fromLongs(long[] values, Shape shape) {
    Tensor t = host(values.length, shape, DType.INT64);
    for (int i = 0; i < values.length; i++) {
      HostMemory.putInt64(t.address() + 8L * i, values[i]);
    }
    return t;
  }

  static Tensor fromInts(int[] values, Shape shape) {
    Tensor t = host(values.length, shape, DType.INT32);
    for (int i = 0; i < values.length; i++) {
      HostMemory.putInt32(t.address() + 4L * i, values[i]);
    }
    return t;
  }

  static Tensor fromShorts(short[] values, Shape shape, DType dtype) {
    if (dtype.bytes() != Short.BYTES) {
      throw new DTypeException(
          "shorts hold the bits of int16, float16 or bfloat16, not of " + dtype);
    }
    Tensor t = host(values.length, shape, dtype);
    for (int i = 0; i < values.length; i++) {
      HostMemory.putInt16(t.address() + 2L * i, values[i]);
    }
    return t;
  }

  static Tensor fromBytes(byte[] values, Shape shape, DType dtype) {
    if (dtype != DType.INT8 && dtype != DType.UINT8) {
      throw new DTypeException("bytes hold the bits of int8 or uint8, not of " + dtype);
    }
    Tensor t = host(values.length, shape, dtype);
    HostMemory.copy(values, 0, t.address(), values.length);
    return t;
  }

  static Tensor fromBooleans(boolean[] values, Shape shape) {
    Tensor t = host(values.length, shape, DType.BOOL);
    for (int i = 0; i < values.length; i++) {
      HostMemory.putInt8(t.address() + i, (byte) (values[i] ? 1 : 0));
    }
    return t;
  }

  static Tensor full(Shape shape, Number value, DType dtype, Device device) {
    return filled(Tensor.allocate("full", shape, dtype, device), value);
  }

  static Tensor filled(Tensor t, Number value) {
    Pointwise.SECOND.with(null, value).evalInto(t, t);
    return t;
  }

  static Tensor emptyLike(Tensor t, DType dtype) {
    Tensor out = Tensor.allocate("empty", t.shape(), dtype, t.device());
    return t.isContiguous() ? out : out.withLayout(t.layout().dense());
  }

  static Tensor strided(Shape shape, long[] strides, DType dtype, Device device) {
    if (strides.length != shape.rank()) {
      throw new ShapeException(
          "emptyStrided: " + strides.length + " strides for the shape " + shape);
    }
    long elements = shape.elements() == 0 ? 0 : 1;
    for (int d = 0; d < strides.length && elements > 0; d++) {
      if (strides[d] < 0) {
        throw new ShapeException(
            "emptyStrided: strides must not be negative, got " + Arrays.toString(strides));
      }
      elements = Math.addExact(elements, Math.multiplyExact(shape.dim(d) - 1, strides[d]));
    }
    Tensor memory = Tensor.allocate("empty", Shape.of(elements), dtype, device);
    return memory.withLayout(new Layout(shape, strides.clone(), 0));
  }

  /** The elements of {@code t} in order in host memory. */
  static Tensor onHost(Tensor handle) {
    Tensor t = VmapLevel.readable(handle);
    Context context = Context.current();
    if (context.tracer() != null) {
      context.tracer().read(t);
    }
    try (Context.Restore quiet = context.gradMode(false)) {
      Tensor dense = t.contiguous();
      if (dense.device().equals(Device.CPU)) {
        return dense;
      }
      return dense.to(Device.CPU);
    }
  }

  static double[] toDoubles(Tensor t) {
    Tensor h = onHost(t);
    int parts = t.dtype().isComplex() ? 2 : 1;
    double[] out = new double[Math.toIntExact(t.elements() * parts)];
    long at = h.address();
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (t.dtype().toReal()) {
            case FLOAT64 -> HostMemory.float64(at + 8L * i);
            case FLOAT32 -> HostMemory.float32(at + 4L * i);
            case INT64 -> HostMemory.int64(at + 8L * i);
            case FLOAT16 -> HalfFloats.fromFloat16(HostMemory.int16(at + 2L * i));
            case BFLOAT16 -> HalfFloats.fromBfloat16(HostMemory.int16(at + 2L * i));
            case INT32 -> HostMemory.int32(at + 4L * i);
            case INT16 -> HostMemory.int16(at + 2L * i);
            case INT8 -> HostMemory.int8(at + i);
            case UINT8 -> HostMemory.int8(at + i) & 0xff;
            case BOOL -> HostMemory.int8(at + i);
            case COMPLEX64, COMPLEX128 -> throw new IllegalStateException();
          };
    }
    java.lang.ref.Reference.reachabilityFence(h);
    return out;
  }

  static float[] toFloats(Tensor t) {
    if (t.dtype() == DType.FLOAT32) {
      Tensor h = onHost(t);
      float[] out = new float[Math.toIntExact(t.elements())];
      HostMemory.copy(h.address(), out, 0, out.length);
      java.lang.ref.Reference.reachabilityFence(h);
      return out;
    }
    double[] wide = toDoubles(t);
    float[] out = new float[wide.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) wide[i];
    }
    return out;
  }

  static void requireReal(String what, Tensor t) {
    if (t.dtype().isComplex()) {
      throw new DTypeException(
          what + ": a " + t.dtype() + " tensor does not hold real numbers: use real() or abs()");
    }
  }

  static short[] toShorts(Tensor t) {
    if (t.dtype().bytes() != Short.BYTES) {
      throw new DTypeException(
          "toShorts: gives the bits of int16, float16 or bfloat16, not of "
              + t.dtype()
              + ": convert with to(INT16)");
    }
    Tensor h = onHost(t);
    short[] out = new short[Math.toIntExact(t.elements())];
    for (int i = 0; i < out.length; i++) {
      out[i] = HostMemory.int16(h.address() + 2L * i);
    }
    java.lang.ref.Reference.reachabilityFence(h);
    return out;
  }

  static byte[] toBytes(Tensor t) {
    if (t.dtype() != DType.INT8 && t.dtype() != DType.UINT8) {
      throw new DTypeException(
          "toBytes: gives the bits of int8 or uint8, not of "
              + t.dtype()
              + ": convert with to(INT8)");
    }
    Tensor h = onHost(t);
    byte[] out = new byte[Math.toIntExact(t.elements())];
    HostMemory.copy(h.address(), out, 0, out.length);
    java.lang.ref.Reference.reachabilityFence(h);
    return out;
  }

  static long[] toLongs(Tensor t) {
    if (t.dtype() == DType.INT64) {
      Tensor h = onHost(t);
      long[] out = new long[Math.toIntExact(t.elements())];
      for (int i = 0; i < out.length; i++) {
        out[i] = HostMemory.int64(h.address() + 8L * i);
      }
      java.lang.ref.Reference.reachabilityFence(h);
      return out;
    }
    requireReal("toLongs", t);
    double[] wide = toDoubles(t);
    long[] out = new long[wide.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (long) wide[i];
    }
    return out;
  }
}
