package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.PRECISE;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Distances in the p-norm between the rows of [b, n, k] and of [b, m, k]: [b, n, m]. */
public record CdistOp(double p) implements Op {
  private enum Norm {
    ZERO,
    ONE,
    TWO,
    INFINITY,
    OTHER
  }

  private record Key(DType dtype, Norm norm) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** Rows from which Euclidean distances go through a matrix product, as in PyTorch. */
  private static final long MANY = 25;

  /** {@code torch.cdist}: batch dimensions broadcast. */
  public static Tensor cdist(Tensor a, Tensor b, double p) {
    Matrices.require("cdist", a);
    Matrices.require("cdist", b);
    Shape batch = Shape.broadcast(Matrices.batch(a, 2), Matrices.batch(b, 2));
    Tensor x = Matrices.expand(a, batch, 2);
    Tensor y = Matrices.expand(b, batch, 2);
    Shape flatX = Shape.of(batch.elements(), a.dim(-2), a.dim(-1));
    Shape flatY = Shape.of(batch.elements(), b.dim(-2), b.dim(-1));
    Tensor out = Tensor.apply(new CdistOp(p), x.reshape(flatX), y.reshape(flatY));
    return out.reshape(Matrices.shape(batch, a.dim(-2), b.dim(-2)));
  }

  @Override
  public String name() {
    return "CDIST";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Tensor b = in[1];
    if (!(p >= 0)) {
      throw new TensorException("cdist: p must not be negative, got " + p);
    }
    if (a.rank() != 3 || b.rank() != 3 || a.dim(2) != b.dim(2) || a.dim(0) != b.dim(0)) {
      throw new ShapeException(
          "cdist: shapes "
              + a.shape()
              + " and "
              + b.shape()
              + " must have the same last dimension, the length of the vectors");
    }
    if (!PRECISE.contains(a.dtype())) {
      throw new DTypeException(
          "cdist: expects float32 or float64, not " + a.dtype() + ": convert with to(dtype)");
    }
    if (a.dtype() != b.dtype()) {
      throw new DTypeException(
          "cdist: dtypes " + a.dtype() + " and " + b.dtype() + ": convert one with to(dtype)");
    }
    Elementwise.sameDevice("cdist", a, b);
    return List.of(new Spec(Shape.of(a.dim(0), a.dim(1), b.dim(1)), a.dtype(), a.device()));
  }

  private Norm norm() {
    if (p == 0) {
      return Norm.ZERO;
    }
    return p == 1
        ? Norm.ONE
        : p == 2 ? Norm.TWO : Double.isInfinite(p) ? Norm.INFINITY : Norm.OTHER;
  }

  private boolean large(long n, long m) {
    return p == 2 && (n > MANY || m > MANY);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    if (out.elements() == 0) {
      return new Tensor[] {out};
    }
    if (large(out.dim(1), out.dim(2))) {
      euclidean(out, in[0].withLayout(in[0].layout()), in[1].withLayout(in[1].layout()));
      return new Tensor[] {out};
    }
    Tensor a = RowOps.rowsLast(in[0], -1);
    Tensor b = RowOps.rowsLast(in[1], -1);
    KERNELS
        .computeIfAbsent(new Key(out.dtype(), norm()), CdistOp::build)
        .launch(
            "cdist",
            out.elements(),
            a.dim(2),
            new Tensor[] {a, b, out},
            new long[] {
              a.dim(2),
              a.dim(1),
              b.dim(1),
              RowOps.bits(out.dtype(), p),
              RowOps.bits(out.dtype(), 1 / p)
            },
            null);
    return new Tensor[] {out};
  }

  /** |a|^2 + |b|^2 - 2 a b, never below 0. */
  private static void euclidean(Tensor out, Tensor a, Tensor b) {
    Tensor squaresA = squares(a, Dim.Keep.KEEP);
    Tensor squaresB = squares(b, Dim.Keep.DROP);
    Tensor turned = b.withLayout(b.layout().permute(new int[] {0, 2, 1}));
    Matrix.multiply(a, turned, out, Matrix.Into.OVERWRITE);
    Pointwise.MUL.with(null, -2).evalInto(out, out);
    Pointwise.ADD.evalInto(out, out, squaresA);
    Tensor rows = squaresB.withLayout(squaresB.layout().reshape(Shape.of(b.dim(0), 1, b.dim(1))));
    Pointwise.ADD.evalInto(out, out, rows);
    Pointwise.MAXIMUM.with(null, 0).evalInto(out, out);
    Pointwise.SQRT.evalInto(out, out);
  }

  private static Tensor squares(Tensor t, Dim.Keep keep) {
    Tensor squared = Matrices.run(Pointwise.SQUARE, t);
    return Matrices.run(new ReduceOp(ReduceOp.Kind.SUM, Dim.of(-1), keep), squared);
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("cdist");
    int a = k.reads(key.dtype);
    int b = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Type type = k.type(out);
    Expr length = k.param(Type.I64);
    Expr n = k.param(Type.I64);
    Expr m = k.param(Type.I64);
    Expr p = k.param(type);
    Expr inverse = k.param(type);
    Expr fromA = k.let("fromA", mul(div(k.row, m), length));
    Expr batch = div(k.row, mul(n, m));
    Expr fromB = k.let("fromB", mul(add(mul(batch, m), rem(k.row, m)), length));
    Expr zero = constant(type, 0);
    Expr total =
        k.reduce(
            "total",
            length,
            zero,
            i -> {
              Expr d = abs(sub(k.at(a, add(fromA, i), type), k.at(b, add(fromB, i), type)));
              return switch (key.norm) {
                case ZERO -> select(eq(d, zero), zero, constant(type, 1));
                case ONE, INFINITY -> d;
                case TWO -> mul(d, d);
                case OTHER -> pow(d, p);
              };
            },
            key.norm == Norm.INFINITY
                ? io.arclight.tensor.ir.Exprs::max
                : io.arclight.tensor.ir.Exprs::add);
    Expr result =
        switch (key.norm) {
          case ZERO, ONE, INFINITY -> total;
          case TWO -> sqrt(total);
          case OTHER -> pow(total, inverse);
        };
    k.add(k.store(out, k.row, result));
    return k.build();
  }

  /** As in PyTorch the gradient is zero where a distance is. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = saved.input(0);
    Tensor b = saved.input(1);
    Tensor distance = saved.output(0);
    if (p == 0) {
      return new Tensor[] {a.zerosLike(), b.zerosLike()};
    }
    Tensor same = distance.eq(0);
    Tensor g = grads[0].maskedFill(same, 0);
    Tensor divisor = distance.maskedFill(same, 1);
    if (large(a.dim(1), b.dim(1))) {
      Tensor w = g.div(divisor);
      Tensor wt = w.transpose(1, 2);
      return new Tensor[] {
        a.mul(w.sum(Dim.of(2), Dim.Keep.KEEP)).sub(w.bmm(b)),
        b.mul(wt.sum(Dim.of(2), Dim.Keep.KEEP)).sub(wt.bmm(a))
      };
    }
    Tensor d = a.unsqueeze(2).sub(b.unsqueeze(1));
    Tensor slope;
    if (p == 1) {
      slope = g.unsqueeze(-1).mul(d.sign());
    } else if (p == 2) {
      slope = g.div(divisor).unsqueeze(-1).mul(d);
    } else if (Double.isInfinite(p)) {
      Tensor largest = d.abs().eq(distance.unsqueeze(-1)).to(d.dtype());
      slope = g.unsqueeze(-1).mul(d.sign()).mul(largest);
    } else {
      Tensor zero = d.eq(0);
      Tensor power = d.abs().maskedFill(zero, 1).pow(p - 1).maskedFill(zero, 0).mul(d.sign());
      slope = g.div(divisor.pow(p - 1)).unsqueeze(-1).mul(power);
    }
    return new Tensor[] {slope.sum(2), slope.sum(1).neg()};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  static OpInfo info() {
    return new OpInfo(
        "cdist",
        PRECISE,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (double p : new double[] {0.5, 1, 1.5, 2, 3, Double.POSITIVE_INFINITY}) {
            String peer =
                "torch.cdist(x0, x1, p=" + (Double.isInfinite(p) ? "float('inf')" : p) + ")";
            out.add(Sample.of(new CdistOp(p), in.any(2, 3, 2), in.any(2, 2, 2)).peer(peer));
            out.add(Sample.of(new CdistOp(p), in.any(1, 2, 0), in.any(1, 3, 0)).peer(peer));
          }
          out.add(
              Sample.of(new CdistOp(2), in.any(1, 27, 2), in.any(1, 3, 2))
                  .peer("torch.cdist(x0, x1)"));
          out.add(
              Sample.composed(x -> x[0].cdist(x[1]), in.any(2, 1, 3, 2), in.any(3, 1, 2))
                  .peer("torch.cdist(x0, x1)"));
          return out;
        },
        in ->
            List.of(
                ErrorSample.composed(
                    x -> x[0].cdist(x[1]),
                    DTypeException.class,
                    "cdist: expects float32 or float64, not int64",
                    in.index(1, 2, 3),
                    in.index(1, 2, 3)),
                ErrorSample.of(
                    new CdistOp(2),
                    DTypeException.class,
                    "convert one with to(dtype)",
                    in.any(1, 2, 3),
                    in.other().any(1, 2, 3)),
                ErrorSample.composed(
                    x -> x[0].cdist(x[1]),
                    ShapeException.class,
                    "same last dimension",
                    in.any(2, 3),
                    in.any(2, 2)),
                ErrorSample.composed(
                    x -> x[0].cdist(x[1], -1),
                    TensorException.class,
                    "negative",
                    in.any(2, 3),
                    in.any(2, 3))));
  }
}
