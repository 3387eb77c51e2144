package io.arclight.tensor;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.Scalars;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Creation from, and conversion to, what Java has. */
final class Tensors {
  private static final Map<DType, Executable> RANGES = new ConcurrentHashMap<>();

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

  static Tensor fromBooleans(boolean[] values, Shape shape) {
    Tensor t = host(values.length, shape, DType.BOOL);
    for (int i = 0; i < values.length; i++) {
      HostMemory.putInt8(t.address() + i, (byte) (values[i] ? 1 : 0));
    }
    return t;
  }

  static Tensor full(Shape shape, Number value, DType dtype, Device device) {
    Tensor t = Tensor.allocate("full", shape, dtype, device);
    Pointwise.SECOND.with(null, value).evalInto(t, t);
    return t;
  }

  static Tensor arange(Number start, Number step, long count, DType dtype, Device device) {
    if (count < 0) {
      throw new ShapeException("arange: negative count " + count);
    }
    Tensor t = Tensor.allocate("arange", Shape.of(count), dtype, device);
    Type type = dtype.type().value();
    RANGES
        .computeIfAbsent(dtype, Tensors::range)
        .launch(
            "arange",
            count,
            1,
            new Tensor[] {t},
            new long[] {Scalars.bits(type, start), Scalars.bits(type, step)},
            null);
    return t;
  }

  private static Executable range(DType dtype) {
    Type type = dtype.type().value();
    Expr.Var row = new Expr.Var("row", Type.I64);
    Expr value =
        Exprs.add(
            new Expr.Param(0, type), Exprs.mul(new Expr.Param(1, type), Exprs.cast(type, row)));
    return new Executable(
        new Kernel(
            "arange",
            List.of(new Kernel.Buffer(dtype.type(), Kernel.Access.WRITE)),
            List.of(type, type),
            row,
            true,
            List.of(new Stmt.Store(0, row, value))));
  }

  static Tensor linspace(double start, double end, long steps) {
    double step = steps > 1 ? (end - start) / (steps - 1) : 0;
    return arange(start, step, steps, DType.FLOAT64, Device.CPU).to(DType.FLOAT32);
  }

  /** The elements of {@code t} in order in host memory. */
  private static Tensor onHost(Tensor handle) {
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
    double[] out = new double[Math.toIntExact(t.elements())];
    long at = h.address();
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (t.dtype()) {
            case FLOAT64 -> HostMemory.float64(at + 8L * i);
            case FLOAT32 -> HostMemory.float32(at + 4L * i);
            case INT64 -> HostMemory.int64(at + 8L * i);
            case INT32 -> HostMemory.int32(at + 4L * i);
            case UINT8 -> HostMemory.int8(at + i) & 0xff;
            case BOOL -> HostMemory.int8(at + i);
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
    double[] wide = toDoubles(t);
    long[] out = new long[wide.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (long) wide[i];
    }
    return out;
  }
}
