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
 * Normalisation over the last dimension with weight and bias, both of the input's dtype or of the
 * one that it is summed in. Outputs: the result, and each row's mean and reciprocal standard
 * deviation.
 */
public record LayerNormOp(double eps) implements Op {
  private static final Map<List<DType>, Executable> FORWARD = new ConcurrentHashMap<>();
  private static final Map<List<DType>, Executable> BACKWARD = new ConcurrentHashMap<>();
  private static final Map<List<DType>, Executable> PARAMETERS = new ConcurrentHashMap<>();

  /** Rows whose contributions to the parameters' gradients are summed at once. */
  private static final long PART = 64;

  @Override
  public String name() {
    return "LAYER_NORM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.requireFloat("layerNorm", x);
    Shape last = x.rank() == 0 ? Shape.SCALAR : Shape.of(x.dim(-1));
    if (x.rank() == 0 || !in[1].shape().equals(last) || !in[2].shape().equals(last)) {
      throw new ShapeException(
          "layerNorm: weight "
              + in[1].shape()
              + " and bias "
              + in[2].shape()
              + " must have the shape of the last dimension of the input "
              + x.shape());
    }
    Spec rows =
        new Spec(
            Shape.of(Arrays.copyOf(x.shape().toArray(), x.rank() - 1)),
            x.dtype().accumulator(),
            x.device());
    if (!RowOps.takesWeight(x, in[1]) || in[2].dtype() != in[1].dtype()) {
      throw new DTypeException(
          "layerNorm: weight "
              + in[1].dtype()
              + " and bias "
              + in[2].dtype()
              + " must both have the input's dtype "
              + x.dtype()
              + " or "
              + x.dtype().accumulator()
              + ": convert with to(dtype)");
    }
    return List.of(new Spec(x.shape(), x.dtype(), x.device()), rows, rows);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor y = Tensor.allocate(name(), outputs.get(0));
    Tensor mean = Tensor.allocate(name(), outputs.get(1));
    Tensor rstd = Tensor.allocate(name(), outputs.get(2));
    DType d = y.dtype();
    long n = y.dim(-1);
    if (y.elements() > 0) {
      FORWARD
          .computeIfAbsent(
              List.of(d, in[1].dtype()), dtypes -> forward(dtypes.get(0), dtypes.get(1)))
          .launch(
              "layerNorm",
              y.elements() / n,
              n,
              new Tensor[] {
                in[0].contiguous(), in[1].contiguous(), in[2].contiguous(), y, mean, rstd
              },
              new long[] {n, RowOps.bits(d, eps)},
              null);
    }
    return new Tensor[] {y, mean, rstd};
  }

  private static Executable forward(DType dtype, DType weights) {
    Type t = dtype.type().value();
    RowKernel k = new RowKernel("layer_norm");
    int x = k.reads(dtype);
    int w = k.reads(weights);
    int b = k.reads(weights);
    int y = k.writes(dtype);
    int mean = k.writes(dtype.accumulator());
    int rstd = k.writes(dtype.accumulator());
    Expr n = k.param(Type.I64);
    Expr eps = k.param(t);
    Expr base = k.base(n);
    Expr sum =
        k.reduce("sum", n, constant(t, 0), i -> k.at(x, add(base, i), t), (p, q) -> add(p, q));
    Expr m = k.let("mean", div(sum, cast(t, n)));
    Expr squares =
        k.reduce(
            "squares",
            n,
            constant(t, 0),
            i -> {
              Expr d = sub(k.at(x, add(base, i), t), m);
              return mul(d, d);
            },
            (p, q) -> add(p, q));
    Expr r = k.let("rstd", div(constant(t, 1), sqrt(add(div(squares, cast(t, n)), eps))));
    k.add(k.store(mean, k.row, m));
    k.add(k.store(rstd, k.row, r));
    k.map(
        y,
        base,
        n,
        i -> fma(mul(sub(k.at(x, add(base, i), t), m), r), k.at(w, i, t), k.at(b, i, t)));
    return k.build();
  }

  /** dx = rstd * (gw - mean(gw) - xhat * mean(gw * xhat)), gw = g * weight. */
  private static Executable backward(DType dtype, DType weights) {
    Type t = dtype.type().value();
    RowKernel k = new RowKernel("layer_norm_backward");
    int g = k.reads(dtype);
    int x = k.reads(dtype);
    int w = k.reads(weights);
    int mean = k.reads(dtype.accumulator());
    int rstd = k.reads(dtype.accumulator());
    int dx = k.writes(dtype);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr m = k.let("mean", k.at(mean, k.row, t));
    Expr r = k.let("rstd", k.at(rstd, k.row, t));
    Expr count = k.let("count", cast(t, n));
    Expr s1 =
        k.reduce(
            "s",
            n,
            constant(t, 0),
            i -> mul(k.at(g, add(base, i), t), k.at(w, i, t)),
            (p, q) -> add(p, q));
    Expr s2 =
        k.reduce(
            "s",
            n,
            constant(t, 0),
            i ->
                mul(
                    mul(k.at(g, add(base, i), t), k.at(w, i, t)),
                    mul(sub(k.at(x, add(base, i), t), m), r)),
            (p, q) -> add(p, q));
    Expr m1 = k.let("m", div(s1, count));
    Expr m2 = k.let("m", div(s2, count));
    k.map(
        dx,
        base,
        n,
        i -> {
          Expr xhat = mul(sub(k.at(x, add(base, i), t), m), r);
          Expr gw = mul(k.at(g, add(base, i), t), k.at(w, i, t));
          return mul(r, sub(sub(gw, m1), mul(xhat, m2)));
        });
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i < 2;
  }

  @Override
  public boolean savesOutput(int i) {
    return i > 0;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Tensor x = saved.input(0);
    Tensor w = saved.input(1);
    if (RowOps.recording() || x.elements() == 0) {
      return recorded(g, x, w);
    }
    Tensor[] parameters = parameterGradients(g, x, w.dtype(), saved.output(1), saved.output(2));
    return new Tensor[] {saved.needs(0) ? dx(saved, g, x, w) : null, parameters[0], parameters[1]};
  }

  private Tensor[] recorded(Tensor grad, Tensor input, Tensor weight) {
    DType sum = input.dtype().accumulator();
    Dim last = Dim.of(-1);
    Tensor g = grad.to(sum);
    Tensor x = input.to(sum);
    Tensor centred = x.sub(x.mean(last, Dim.Keep.KEEP));
    Tensor rstd = centred.square().mean(last, Dim.Keep.KEEP).add(eps).rsqrt();
    Tensor xhat = centred.mul(rstd);
    Tensor gw = g.mul(weight.to(sum));
    Tensor dx =
        rstd.mul(
            gw.sub(gw.mean(last, Dim.Keep.KEEP))
                .sub(xhat.mul(gw.mul(xhat).mean(last, Dim.Keep.KEEP))));
    int[] rows = new int[x.rank() - 1];
    Arrays.setAll(rows, i -> i);
    Tensor dw = rows.length == 0 ? g.mul(xhat) : g.mul(xhat).sum(rows);
    Tensor db = rows.length == 0 ? g : g.sum(rows);
    return new Tensor[] {dx.to(input.dtype()), dw.to(weight.dtype()), db.to(weight.dtype())};
  }

  /** The gradients of weight and bias, summed over parts of the rows and then over these. */
  static Tensor[] parameterGradients(Tensor g, Tensor x, DType weights, Tensor mean, Tensor rstd) {
    long n = x.dim(-1);
    long rows = x.elements() / n;
    long parts = (rows + PART - 1) / PART;
    Tensor[] sums = new Tensor[2];
    for (int i = 0; i < 2; i++) {
      DType dtype = parts == 1 ? weights : x.dtype().accumulator();
      sums[i] = Tensor.allocate("LAYER_NORM_BACKWARD", Shape.of(parts, n), dtype, x.device());
    }
    long tiles = (n + Lines.TILE - 1) / Lines.TILE;
    PARAMETERS
        .computeIfAbsent(List.of(x.dtype(), sums[0].dtype()), t -> parameters(t.get(0), t.get(1)))
        .launch(
            "layerNormBackward",
            parts * tiles,
            PART * Math.min(n, Lines.TILE),
            new Tensor[] {g.contiguous(), x.contiguous(), mean, rstd, sums[0], sums[1]},
            new long[] {n, rows},
            null);
    for (int i = 0; i < 2; i++) {
      sums[i] = parts == 1 ? sums[i].reshape(n) : sums[i].sum(0).to(weights);
    }
    return sums;
  }

  private static Executable parameters(DType dtype, DType sums) {
    Type t = sums.type().value();
    RowKernel k = new RowKernel("layer_norm_parameters");
    int g = k.reads(dtype);
    int x = k.reads(dtype);
    int mean = k.reads(dtype.accumulator());
    int rstd = k.reads(dtype.accumulator());
    int dw = k.writes(sums);
    int db = k.writes(sums);
    Expr n = k.param(Type.I64);
    Expr rows = k.param(Type.I64);
    Lines.tile(
        k,
        n,
        part -> {
          Expr first = k.let("first", mul(part, int64(PART)));
          Expr extent = k.let("extent", min(int64(PART), sub(rows, first)));
          return column -> {
            Elements grad =
                new Elements(k, g, add(mul(first, n), column), n, Elements.Order.SERIAL);
            Expr zero = constant(t, 0);
            List<Expr> both =
                grad.fold(
                    extent,
                    List.of(zero, zero),
                    i -> {
                      Expr row = add(first, i);
                      Expr centred = sub(k.at(x, add(mul(row, n), column), t), k.at(mean, row, t));
                      Expr d = grad.at(i, t);
                      return List.of(mul(d, mul(centred, k.at(rstd, row, t))), d);
                    },
                    (p, q) -> List.of(add(p.get(0), q.get(0)), add(p.get(1), q.get(1))));
            Expr to = add(mul(part, n), column);
            k.add(k.store(dw, to, both.get(0)));
            k.add(k.store(db, to, both.get(1)));
          };
        });
    return k.build();
  }

  private static Tensor dx(Vjp saved, Tensor g, Tensor x, Tensor w) {
    Tensor out = Tensor.allocate("LAYER_NORM_BACKWARD", x.shape(), x.dtype(), x.device());
    long n = x.dim(-1);
    BACKWARD
        .computeIfAbsent(
            List.of(x.dtype(), w.dtype()), dtypes -> backward(dtypes.get(0), dtypes.get(1)))
        .launch(
            "layerNormBackward",
            out.elements() / n,
            n,
            new Tensor[] {
              g.contiguous(), x.contiguous(), w.contiguous(), saved.output(1), saved.output(2), out
            },
            new long[] {n},
            null);
    return out;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (!batched[1] && !batched[2]) {
      return Tensor.applyAll(this, in);
    }
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor one = Tensor.ones(Shape.of(x.dim(-1)), in[1].dtype(), x.device());
    Tensor[] out = Tensor.applyAll(this, x, one, one.zerosLike());
    int rank = x.rank() - 1;
    Tensor weight = batched[1] ? Elementwise.raise(in[1], rank) : in[1];
    Tensor bias = batched[2] ? Elementwise.raise(in[2], rank) : in[2];
    out[0] = out[0].mul(weight).add(bias).to(x.dtype());
    return out;
  }

  static OpInfo info() {
    String peer = "torch.layer_norm(x0, [x0.size(-1)], x1, x2, 1e-5)";
    return new OpInfo(
        "layer_norm",
        FLOATS,
        in ->
            List.of(
                Sample.of(new LayerNormOp(1e-5), in.any(3, 8), in.any(8), in.any(8)).peer(peer),
                Sample.of(new LayerNormOp(1e-5), in.any(2, 3, 4), in.any(4), in.any(4)).peer(peer),
                Sample.of(
                        new LayerNormOp(1e-5),
                        in.any(3, 5),
                        in.any(5).to(in.dtype().accumulator()),
                        in.any(5).to(in.dtype().accumulator()))
                    .peer(peer)),
        in ->
            List.of(
                ErrorSample.of(
                    new LayerNormOp(1e-5),
                    DTypeException.class,
                    "layerNorm: weight int64 and bias",
                    in.any(3, 8),
                    in.index(1, 8),
                    in.any(8)),
                ErrorSample.of(
                    new LayerNormOp(1e-5),
                    ShapeException.class,
                    "must have the shape",
                    in.any(3, 8),
                    in.any(7),
                    in.any(8))));
  }
}
