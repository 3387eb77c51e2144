package io.arclight.tensor;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.Scalars;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Evenly spaced values and index patterns. */
final class Ranges {
  private enum Spacing {
    STEP,
    ENDS
  }

  private record Key(DType dtype, Type compute, Spacing spacing) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private Ranges() {}

  private static boolean integral(Number... values) {
    for (Number n : values) {
      if (Scalars.dtype(n).isFloatingPoint()) {
        return false;
      }
    }
    return true;
  }

  /** int64 if all are integers, else the default dtype. */
  static DType dtype(Number... values) {
    return integral(values) ? DType.INT64 : DType.defaultDType();
  }

  static Tensor arange(Number start, Number end, Number step, DType dtype, Device device) {
    double from = start.doubleValue();
    double to = end.doubleValue();
    double by = step.doubleValue();
    if (by == 0 || !Double.isFinite(by) || !Double.isFinite(from) || !Double.isFinite(to)) {
      throw new TensorException(
          "arange: start, end and step must be finite and step not 0, got "
              + start
              + ", "
              + end
              + ", "
              + step);
    }
    if (by > 0 ? to < from : to > from) {
      throw new TensorException(
          "arange: from " + start + " to " + end + " is not in the direction of step " + step);
    }
    boolean whole = integral(start, end, step);
    long count;
    if (whole) {
      long distance = Math.subtractExact(end.longValue(), start.longValue());
      long stride = step.longValue();
      count = distance / stride + (distance % stride == 0 ? 0 : 1);
    } else {
      count = (long) Math.ceil((to - from) / by);
    }
    // An integer dtype takes the ends as integers, as PyTorch does.
    boolean integers = whole || !dtype.isFloatingPoint();
    Type compute = integers ? Type.I64 : Type.F64;
    return fill("arange", count, dtype, device, compute, Spacing.STEP, start, step, 0);
  }

  static Tensor linspace(Number start, Number end, long steps, DType dtype, Device device) {
    if (steps < 0) {
      throw new TensorException("linspace: the number of steps must not be negative, got " + steps);
    }
    if (dtype.isComplex()) {
      DType part = dtype.toReal();
      return Tensor.complex(
          linspace(re(start), re(end), steps, part, device),
          linspace(im(start), im(end), steps, part, device));
    }
    boolean wide = dtype == DType.FLOAT64 || !dtype.isFloatingPoint();
    double a = wide ? start.doubleValue() : start.floatValue();
    double b = steps == 1 ? a : wide ? end.doubleValue() : end.floatValue();
    double step = steps > 1 ? (b - a) / (steps - 1) : 0;
    step = wide || steps < 2 ? step : (float) (b - a) / (float) (steps - 1);
    return fill(
        "linspace", steps, dtype, device, wide ? Type.F64 : Type.F32, Spacing.ENDS, a, step, b);
  }

  static Tensor logspace(
      Number start, Number end, long steps, double base, DType dtype, Device device) {
    DType wide = dtype.isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
    Tensor exponents = linspace(start, end, steps, wide, device);
    return Tensor.apply(Pointwise.POW.with(base, null), exponents).to(dtype);
  }

  private static Number re(Number n) {
    return n instanceof Complex c ? (Number) c.re() : n;
  }

  private static Number im(Number n) {
    return n instanceof Complex c ? c.im() : 0.0;
  }

  private static Tensor fill(
      String op,
      long count,
      DType dtype,
      Device device,
      Type compute,
      Spacing spacing,
      Number start,
      Number step,
      Number end) {
    Tensor t = Tensor.allocate(op, Shape.of(count), dtype, device);
    KERNELS
        .computeIfAbsent(new Key(dtype, compute, spacing), Ranges::build)
        .launch(
            op,
            count,
            1,
            new Tensor[] {t},
            new long[] {
              Scalars.bits(compute, start),
              Scalars.bits(compute, step),
              Scalars.bits(compute, end),
              count
            },
            null);
    return t;
  }

  private static Executable build(Key key) {
    Type type = key.compute;
    Expr.Var row = new Expr.Var("row", Type.I64);
    Expr start = new Expr.Param(0, type);
    Expr step = new Expr.Param(1, type);
    Expr end = new Expr.Param(2, type);
    Expr count = new Expr.Param(3, Type.I64);
    Expr value = add(start, mul(step, cast(type, row)));
    if (key.spacing == Spacing.ENDS) {
      Expr left = sub(sub(count, row), int64(1));
      Expr fromEnd = sub(end, mul(step, cast(type, left)));
      value = select(lt(row, div(count, int64(2))), value, fromEnd);
    }
    Type memory = key.dtype.type();
    return new Executable(
        new Kernel(
            "range",
            List.of(new Kernel.Buffer(memory, Kernel.Access.WRITE)),
            List.of(type, type, type, Type.I64),
            row,
            true,
            List.of(new Stmt.Store(0, row, cast(memory.value(), value)))));
  }

  static Tensor eye(long n, long m, DType dtype, Device device) {
    Tensor rows = arange(0, n, 1, DType.INT64, device).unsqueeze(1);
    Tensor columns = arange(0, m, 1, DType.INT64, device).unsqueeze(0);
    return rows.eq(columns).to(dtype);
  }

  static Tensor triangle(long rows, long columns, long offset, Triangle part) {
    Shape.of(rows, columns);
    long count = 0;
    for (long r = 0; r < rows; r++) {
      count += to(r, columns, offset, part) - from(r, columns, offset, part);
    }
    long[] places = new long[Math.toIntExact(2 * count)];
    int at = 0;
    for (long r = 0; r < rows; r++) {
      for (long c = from(r, columns, offset, part); c < to(r, columns, offset, part); c++) {
        places[at] = r;
        places[(int) count + at++] = c;
      }
    }
    return Tensors.fromLongs(places, Shape.of(2, count));
  }

  private static long from(long row, long columns, long offset, Triangle part) {
    return part == Triangle.LOWER ? 0 : Math.min(columns, Math.max(0, row + offset));
  }

  private static long to(long row, long columns, long offset, Triangle part) {
    return part == Triangle.UPPER ? columns : Math.min(columns, Math.max(0, row + offset + 1));
  }
}
