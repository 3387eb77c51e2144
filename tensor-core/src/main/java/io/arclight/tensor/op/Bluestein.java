package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A transform of any length as a convolution with a chirp, of a length that has passes. */
final class Bluestein {
  private static final Map<DType, Executable> KERNELS = new ConcurrentHashMap<>();

  private final long n;
  private final long length;
  private final DType dtype;
  private final FourierPlan plan;

  /** Pairs exp(-pi i j^2 / n), and the spectrum of their conjugates around zero. */
  private final Tensor chirp;

  private final Tensor spectrum;

  Bluestein(long n, DType dtype, Device device) {
    this.n = n;
    this.dtype = dtype;
    long fits = 2 * n - 1;
    while (!FourierPlan.smooth(fits) || fits % 4 != 0) {
      fits++;
    }
    length = fits;
    plan = FourierPlan.of(length, dtype, device);
    double[] pairs = new double[Math.toIntExact(2 * n)];
    double[] around = new double[Math.toIntExact(2 * length)];
    for (long j = 0; j < n; j++) {
      double[] turn = FourierPlan.turn(Math.floorMod(j * j, 2 * n), 2 * n);
      pairs[(int) (2 * j)] = turn[0];
      pairs[(int) (2 * j + 1)] = -turn[1];
      for (long at : new long[] {j, (length - j) % length}) {
        around[(int) (2 * at)] = turn[0];
        around[(int) (2 * at + 1)] = turn[1];
      }
    }
    chirp = FourierPlan.kept(pairs, dtype, device);
    Tensor conjugates = FourierPlan.kept(around, dtype, device);
    spectrum = Tensor.allocate(FourierPlan.TABLES, Shape.of(2 * length), dtype, device).keep();
    plan.run(conjugates, spectrum, 1, FftOp.Direction.FORWARD, 1.0 / length);
  }

  void run(Tensor in, Tensor out, long batches, FftOp.Direction direction, double scale) {
    long swap = direction == FftOp.Direction.FORWARD ? 0 : 1;
    Tensor a = Tensor.allocate("FFT", Shape.of(2 * length * batches), dtype, out.device());
    Tensor b = Tensor.allocate("FFT", Shape.of(2 * length * batches), dtype, out.device());
    multiply(in, chirp, a, batches, n, n, length, swap, 0, 1);
    plan.run(a, b, batches, FftOp.Direction.FORWARD, 1);
    multiply(b, spectrum, a, batches, length, length, length, 0, 0, 1);
    plan.run(a, b, batches, FftOp.Direction.INVERSE, 1);
    multiply(b, chirp, out, batches, length, n, n, 0, swap, scale);
  }

  /**
   * Row by row, {@code size} products of pairs of x and of y; what of a row of out lies beyond y is
   * zero.
   */
  private void multiply(
      Tensor x,
      Tensor y,
      Tensor out,
      long batches,
      long rowOfX,
      long sizeOfY,
      long size,
      long swapX,
      long swapOut,
      double scale) {
    KERNELS
        .computeIfAbsent(dtype, Bluestein::build)
        .launch(
            "fft",
            batches,
            size,
            new Tensor[] {x, y, out},
            new long[] {rowOfX, sizeOfY, size, swapX, swapOut, RowOps.bits(dtype, scale)},
            null);
  }

  private static Executable build(DType dtype) {
    RowKernel k = new RowKernel("chirp");
    int x = k.reads(dtype);
    int y = k.reads(dtype);
    int out = k.writes(dtype);
    Expr rowOfX = k.param(Type.I64);
    Expr sizeOfY = k.param(Type.I64);
    Expr size = k.param(Type.I64);
    Expr swapX = k.param(Type.I64);
    Expr swapOut = k.param(Type.I64);
    Type t = k.type(out);
    Expr scale = k.param(t);
    Expr from = k.let("from", mul(k.row, mul(rowOfX, int64(2))));
    Expr to = k.let("to", mul(k.row, mul(size, int64(2))));
    Expr last = k.let("last", sub(sizeOfY, int64(1)));
    Expr.Var j = k.fresh("j", Type.I64);
    k.add(
        new Stmt.Vector(
            j,
            size,
            k.block(
                () -> {
                  Expr at = k.let("at", mul(min(j, last), int64(2)));
                  Expr a = k.let("a", k.at(x, add(add(from, swapX), at), t));
                  Expr b = k.let("b", k.at(x, add(add(from, sub(int64(1), swapX)), at), t));
                  Expr c = k.let("c", k.at(y, at, t));
                  Expr d = k.let("d", k.at(y, add(at, int64(1)), t));
                  Expr inside = lt(j, sizeOfY);
                  Expr zero = Exprs.constant(t, 0);
                  Expr re = select(inside, mul(fma(a, c, neg(mul(b, d))), scale), zero);
                  Expr im = select(inside, mul(fma(a, d, mul(b, c)), scale), zero);
                  Expr place = mul(j, int64(2));
                  k.add(k.store(out, add(add(to, swapOut), place), re));
                  k.add(k.store(out, add(add(to, sub(int64(1), swapOut)), place), im));
                })));
    return k.build();
  }
}
