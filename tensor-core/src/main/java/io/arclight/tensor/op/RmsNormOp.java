package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code x / sqrt(mean(x^2) + eps) * weight} over the last dimension, with a weight of the input's
 * dtype or of the one that it is summed in. Outputs: the result, and each row's reciprocal root.
 */
public record RmsNormOp(double eps) implements Op {
  private static final Map<List<DType>, Executable> FORWARD = new ConcurrentHashMap<>();
  private static final Map<List<DType>, Executable> BACKWARD = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "RMS_NORM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat("rmsNorm", x);
    if (x.rank() == 0 || in[1].rank() != 1 || in[1].dim(0) != x.dim(-1)) {
      throw new ShapeException(
          "rmsNorm: weight "
              + in[1].shape()
              + " must have the shape of the last dimension of the input "
              + x.shape());
    }
    if (!RowOps.takesWeight(x, in[1])) {
      throw new DTypeException(
          "rmsNorm: weight "
              + in[1].dtype()
              + " must have the input's dtype "
              + x.dtype()
              + " or "
              + x.dtype().accumulator()
              + ": convert with to(dtype)");
    }
    Shape rows = Shape.of(Arrays.copyOf(x.shape().toArray(), x.rank() - 1));
    return List.of(
        new Spec(x.shape(), x.dtype(), x.device()),
        new Spec(rows, x.dtype().accumulator(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor y = Tensor.allocate(name(), outputs.get(0));
    Tensor rstd = Tensor.allocate(name(), outputs.get(1));
    long n = y.dim(-1);
    if (y.elements() > 0) {
      FORWARD
          .computeIfAbsent(
              List.of(y.dtype(), in[1].dtype()), dtypes -> forward(dtypes.get(0), dtypes.get(1)))
          .launch(
              "rmsNorm",
              y.elements() / n,
              n,
              new Tensor[] {in[0].contiguous(), in[1].contiguous(), y, rstd},
              new long[] {n, RowOps.bits(y.dtype(), eps)},
              null);
    }
    return new Tensor[] {y, rstd};
  }

  private static Executable forward(DType dtype, DType weights) {
    Type t = dtype.type().value();
    RowKernel k = new RowKernel("rms_norm");
    int x = k.reads(dtype);
    int w = k.reads(weights);
    int y = k.writes(dtype);
    int rstd = k.writes(dtype.accumulator());
    Expr n = k.param(Type.I64);
    Expr eps = k.param(t);
    Expr base = k.base(n);
    Expr squares =
        k.reduce(
            "squares",
            n,
            constant(t, 0),
            i -> mul(k.at(x, add(base, i), t), k.at(x, add(base, i), t)),
            (p, q) -> add(p, q));
    Expr r = k.let("rstd", div(constant(t, 1), sqrt(add(div(squares, cast(t, n)), eps))));
    k.add(k.store(rstd, k.row, r));
    k.map(y, base, n, i -> mul(mul(k.at(x, add(base, i), t), r), k.at(w, i, t)));
    return k.build();
  }

  /** dx = rstd * (gw - xhat * mean(gw * xhat)), gw = g * weight. */
  private static Executable backward(DType dtype, DType weights) {
    Type t = dtype.type().value();
    RowKernel k = new RowKernel("rms_norm_backward");
    int g = k.reads(dtype);
    int x = k.reads(dtype);
    int w = k.reads(weights);
    int rstd = k.reads(dtype.accumulator());
    int dx = k.writes(dtype);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr r = k.let("rstd", k.at(rstd, k.row, t));
    Expr dot =
        k.reduce(
            "dot",
            n,
            constant(t, 0),
            i -> mul(mul(k.at(g, add(base, i), t), k.at(w, i, t)), k.at(x, add(base, i), t)),
            (p, q) -> add(p, q));
    Expr slope = k.let("slope", mul(mul(r, r), div(dot, cast(t, n))));
    k.map(
        dx,
        base,
        n,
        i -> {
          Expr gw = mul(k.at(g, add(base, i), t), k.at(w, i, t));
          return mul(r, sub(gw, mul(k.at(x, add(base, i), t), slope)));
        });
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Tensor x = saved.input(0);
    Tensor w = saved.input(1);
    if (RowOps.recording() || x.elements() == 0) {
      return recorded(g, x, w);
    }
    Tensor rstd = saved.output(1);
    Tensor dw =
        saved.needs(1)
            ? LayerNormOp.parameterGradients(g, x, w.dtype(), rstd.zerosLike(), rstd)[0]
            : null;
    Tensor dx = null;
    if (saved.needs(0)) {
      long n = x.dim(-1);
      dx = Tensor.allocate("RMS_NORM_BACKWARD", x.shape(), x.dtype(), x.device());
      BACKWARD
          .computeIfAbsent(
              List.of(x.dtype(), w.dtype()), dtypes -> backward(dtypes.get(0), dtypes.get(1)))
          .launch(
              "rmsNormBackward",
              x.elements() / n,
              n,
              new Tensor[] {g.contiguous(), x.contiguous(), w.contiguous(), rstd, dx},
              new long[] {n},
              null);
    }
    return new Tensor[] {dx, dw};
  }

  private Tensor[] recorded(Tensor grad, Tensor input, Tensor weight) {
    DType sum = input.dtype().accumulator();
    Dim last = Dim.of(-1);
    Tensor g = grad.to(sum);
    Tensor x = input.to(sum);
    Tensor rstd = x.square().mean(last, Dim.Keep.KEEP).add(eps).rsqrt();
    Tensor xhat = x.mul(rstd);
    Tensor gw = g.mul(weight.to(sum));
    Tensor dx = rstd.mul(gw.sub(xhat.mul(gw.mul(xhat).mean(last, Dim.Keep.KEEP))));
    Tensor dw = g.mul(xhat);
    int[] rows = new int[x.rank() - 1];
    Arrays.setAll(rows, i -> i);
    dw = rows.length == 0 ? dw : dw.sum(rows);
    return new Tensor[] {dx.to(input.dtype()), dw.to(weight.dtype())};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (!batched[1]) {
      return Tensor.applyAll(this, in);
    }
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor[] out =
        Tensor.applyAll(this, x, Tensor.ones(Shape.of(x.dim(-1)), in[1].dtype(), x.device()));
    out[0] = out[0].mul(Elementwise.raise(in[1], x.rank() - 1)).to(x.dtype());
    return out;
  }

  static OpInfo info() {
    String peer = "torch.rms_norm(x0, [x0.size(-1)], x1, 1e-5)";
    Op op = new RmsNormOp(1e-5);
    return new OpInfo(
        "rms_norm",
        FLOATS,
        in ->
            List.of(
                Sample.of(op, in.any(3, 8), in.any(8)).peer(peer),
                Sample.of(op, in.any(2, 3, 4), in.any(4)).peer(peer),
                Sample.of(op, in.any(5), in.any(5)).peer(peer),
                Sample.of(op, in.any(3, 5), in.any(5).to(in.dtype().accumulator())).peer(peer)),
        in ->
            List.of(
                ErrorSample.of(
                    op,
                    DTypeException.class,
                    "rmsNorm: weight int64 must have",
                    in.any(3, 8),
                    in.index(1, 8)),
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "must have the shape of the last dimension",
                    in.any(3, 8),
                    in.any(7))));
  }
}
