package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.Sample.Difference.Aspect.VALUE;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Reductions over dimensions. */
public record ReduceOp(Kind kind, Dim dims, Dim.Keep keep) implements Op {

  /** What is folded. */
  public enum Kind {
    SUM,
    MEAN,
    PROD,
    /** Unbiased variance. */
    VAR,
    /** Euclidean norm. */
    NORM,
    AMAX,
    AMIN,
    ARGMAX,
    ARGMIN,
    ANY,
    ALL,
    LOGSUMEXP;

    boolean floatsOnly() {
      return this == MEAN || this == VAR || this == NORM || this == LOGSUMEXP;
    }

    /** Whether an empty range has no value. */
    boolean needsElements() {
      return this == AMAX || this == AMIN || this == ARGMAX || this == ARGMIN;
    }
  }

  @Override
  public String name() {
    return kind.name();
  }

  private String label() {
    return kind.name().toLowerCase(java.util.Locale.ROOT);
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    if (x.dtype().isComplex() && !ComplexReduction.defines(kind)) {
      throw new DTypeException(
          label()
              + ": not defined for "
              + x.dtype()
              + ": complex numbers have no order; reduce abs(), real() or imag()");
    }
    if (kind.floatsOnly() && !x.dtype().isDifferentiable()) {
      throw new DTypeException(
          label()
              + ": needs a floating-point tensor, not "
              + x.dtype()
              + ": convert with to(FLOAT32)");
    }
    int[] over = dims.resolve(x.shape(), label());
    if (kind.needsElements()) {
      for (int d : over) {
        if (x.dim(d) == 0) {
          throw new ShapeException(
              label() + ": dimension " + d + " of shape " + x.shape() + " has no elements");
        }
      }
    }
    return List.of(new Spec(Reduction.shape(x.shape(), over, keep), output(x.dtype()), x.device()));
  }

  private DType output(DType in) {
    return switch (kind) {
      case SUM, PROD -> in.isDifferentiable() ? in : DType.INT64;
      case ARGMAX, ARGMIN -> DType.INT64;
      case ANY, ALL -> DType.BOOL;
      case VAR, NORM -> in.toReal();
      case MEAN, AMAX, AMIN, LOGSUMEXP -> in;
    };
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    int[] over = dims.resolve(in[0].shape(), label());
    Tensor x = in[0];
    return new Tensor[] {
      x.dtype().isComplex()
          ? ComplexReduction.run(kind, over, outputs.get(0), x)
          : Reduction.run(kind, over, outputs.get(0), x)
    };
  }

  @Override
  public boolean differentiable() {
    return switch (kind) {
      case SUM, MEAN, PROD, VAR, NORM, AMAX, AMIN, LOGSUMEXP -> true;
      case ARGMAX, ARGMIN, ANY, ALL -> false;
    };
  }

  @Override
  public boolean savesInput(int i) {
    return kind != Kind.SUM && kind != Kind.MEAN;
  }

  @Override
  public boolean savesOutput(int i) {
    return kind == Kind.NORM || kind == Kind.AMAX || kind == Kind.AMIN || kind == Kind.LOGSUMEXP;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Shape shape = saved.inputShape(0);
    int[] over = dims.resolve(shape, label());
    Shape kept = Reduction.shape(shape, over, Dim.Keep.KEEP);
    Tensor g = grads[0].reshape(kept);
    double n = Reduction.count(shape, over);
    Dim all = Dim.of(over);
    Tensor dx =
        switch (kind) {
          case SUM -> g.expand(shape);
          case MEAN -> g.mul(1 / n).expand(shape);
          case PROD -> prodGradient(saved.input(0), all).conj().mul(g);
          case VAR -> {
            Tensor x = saved.input(0);
            yield x.sub(x.mean(all, Dim.Keep.KEEP)).mul(g.mul(2 / (n - 1)));
          }
          case NORM -> {
            Tensor y = saved.output(0).reshape(kept);
            yield saved.input(0).mul(g.div(y)).maskedFill(y.eq(0).expand(shape), 0);
          }
          case AMAX, AMIN -> {
            Tensor ties = saved.input(0).eq(saved.output(0).reshape(kept)).to(g.dtype());
            yield ties.mul(g.div(ties.sum(all, Dim.Keep.KEEP)));
          }
          case LOGSUMEXP -> saved.input(0).sub(saved.output(0).reshape(kept)).exp().mul(g);
          case ARGMAX, ARGMIN, ANY, ALL -> throw new IllegalStateException(label());
        };
    return new Tensor[] {dx};
  }

  /** For each element the product of the others, also where some are 0. */
  private static Tensor prodGradient(Tensor x, Dim all) {
    Tensor zero = x.eq(0);
    Tensor rest = x.maskedFill(zero, 1);
    Tensor product = rest.prod(all, Dim.Keep.KEEP);
    Tensor zeros = zero.to(DType.INT64).sum(all, Dim.Keep.KEEP);
    Tensor none = product.div(rest).mul(zeros.eq(0).to(x.dtype()));
    Tensor one = product.mul(zeros.eq(1).logicalAnd(zero).to(x.dtype()));
    return none.maskedFill(zero, 0).add(one);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    int rank = in[0].rank() - 1;
    int[] over = dims.dims().length == 0 ? new int[rank] : dims.dims().clone();
    for (int i = 0; i < over.length; i++) {
      over[i] = (dims.dims().length == 0 ? i : over[i] < 0 ? over[i] + rank : over[i]) + 1;
    }
    if (over.length == 0) {
      return Batching.loop(this, size, batched, in);
    }
    return Tensor.applyAll(new ReduceOp(kind, Dim.of(over), keep), in);
  }

  private static Sample sample(Kind kind, Dim dims, Dim.Keep keep, Tensor x) {
    ReduceOp op = new ReduceOp(kind, dims, keep);
    int[] over = dims.resolve(x.shape(), op.label());
    boolean one = dims.dims().length > 0 && over.length == 1;
    String at = one ? Integer.toString(over[0]) : Arrays.toString(over);
    String keeps = keep == Dim.Keep.KEEP ? "True" : "False";
    if (kind == Kind.PROD && !one) {
      // PyTorch's takes one dimension.
      String expression = "x0";
      for (int d = over.length - 1; d >= 0; d--) {
        expression = "torch.prod(" + expression + ", " + over[d] + ", keepdim=" + keeps + ")";
      }
      return Sample.of(op, x).peer(expression);
    }
    String name =
        kind == Kind.NORM ? "torch.linalg.vector_norm(x0, 2, " : "torch." + op.label() + "(x0, ";
    Sample sample = Sample.of(op, x).peer(name + at + ", keepdim=" + keeps + ")");
    return switch (kind) {
      case ANY, ALL ->
          x.dtype() == DType.UINT8
              ? sample.differs(VALUE, "bool as for all dtypes, where PyTorch keeps uint8")
              : sample;
      case ARGMAX, ARGMIN ->
          x.dtype() == DType.BOOL ? sample.differs(VALUE, "PyTorch takes no bool") : sample;
      default -> sample;
    };
  }

  static OpInfo info(Kind kind) {
    Set<DType> real = kind.floatsOnly() ? FLOATS : ALL;
    Set<DType> dtypes = ComplexReduction.defines(kind) ? DTypes.andComplex(real) : real;
    return new OpInfo(
        kind.name().toLowerCase(java.util.Locale.ROOT),
        dtypes,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Dim.Keep keep : Dim.Keep.values()) {
            out.add(sample(kind, Dim.of(1), keep, in.any(4, 5)));
            out.add(sample(kind, Dim.of(0), keep, in.any(4, 5)));
          }
          out.add(sample(kind, Dim.of(-1), Dim.Keep.DROP, in.transposed(6, 33)));
          out.add(sample(kind, Dim.of(1), Dim.Keep.DROP, in.any(3, 4, 2)));
          if (kind != Kind.ARGMAX && kind != Kind.ARGMIN) {
            out.add(sample(kind, Dim.ALL, Dim.Keep.DROP, in.any(3, 4)));
            out.add(sample(kind, Dim.of(0, 2), Dim.Keep.KEEP, in.any(3, 4, 2)));
          }
          if (!kind.needsElements()) {
            out.add(sample(kind, Dim.of(0), Dim.Keep.DROP, in.any(3, 0)));
          }
          return out;
        },
        in -> {
          List<ErrorSample> out = new ArrayList<>();
          out.add(
              ErrorSample.of(
                  new ReduceOp(kind, Dim.of(2), Dim.Keep.DROP),
                  ShapeException.class,
                  "out of range",
                  in.any(2, 2)));
          if (kind.needsElements()) {
            out.add(
                ErrorSample.of(
                    new ReduceOp(kind, Dim.of(1), Dim.Keep.DROP),
                    ShapeException.class,
                    "no elements",
                    in.any(2, 0)));
          }
          return out;
        });
  }
}
