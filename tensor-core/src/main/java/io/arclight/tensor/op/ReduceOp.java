package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/**
 * Reductions over dimensions.
 *
 * @param argument the correction of VAR and STD, the power of NORM; else 0
 */
public record ReduceOp(Kind kind, Dim dims, Dim.Keep keep, double argument) implements Op {

  /** What is folded. */
  public enum Kind {
    SUM,
    /** The sum without NaN. */
    NANSUM,
    MEAN,
    PROD,
    /** Outputs the variance and the mean. */
    VAR,
    /** Outputs the standard deviation and the mean. */
    STD,
    /** The sum of powers of absolute values, to the inverse power. */
    NORM,
    AMAX,
    AMIN,
    /** Outputs the least and the greatest. */
    AMINMAX,
    /** Outputs the first of the greatest and its position, along one dimension. */
    MAX,
    /** Outputs the first of the least and its position, along one dimension. */
    MIN,
    ARGMAX,
    ARGMIN,
    ANY,
    ALL,
    COUNT_NONZERO,
    LOGSUMEXP;

    boolean floatsOnly() {
      return this == MEAN || this == VAR || this == STD || this == NORM || this == LOGSUMEXP;
    }

    /** Whether an output is a position. */
    boolean positions() {
      return this == MAX || this == MIN || this == ARGMAX || this == ARGMIN;
    }

    /** Whether an empty range has no value. */
    boolean needsElements() {
      return positions() || this == AMAX || this == AMIN || this == AMINMAX;
    }
  }

  public ReduceOp(Kind kind, Dim dims, Dim.Keep keep) {
    this(kind, dims, keep, kind == Kind.NORM ? 2 : kind == Kind.VAR || kind == Kind.STD ? 1 : 0);
  }

  @Override
  public String name() {
    return kind.name();
  }

  private String label() {
    return kind.name().toLowerCase(Locale.ROOT);
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
    boolean whole = kind == Kind.ARGMAX || kind == Kind.ARGMIN;
    if (kind.positions() && dims.dims().length != 1 && !(whole && dims.dims().length == 0)) {
      throw new ShapeException(
          label() + ": finds positions along one dimension, not along " + dims + ": flatten first");
    }
    if (kind.needsElements() || kind == Kind.NORM && (argument < 0 || argument > 1e308)) {
      requireElements(x.shape(), over);
    }
    Shape shape = Reduction.shape(x.shape(), over, keep);
    return outputs(x.dtype()).stream().map(t -> new Spec(shape, t, x.device())).toList();
  }

  private void requireElements(Shape shape, int[] over) {
    for (int d : over) {
      // Without elements to reduce there is no value, unless no value is asked for.
      if (shape.dim(d) == 0 && (Reduction.shape(shape, over, keep).elements() > 0)) {
        throw new ShapeException(
            label() + ": dimension " + d + " of shape " + shape + " has no elements");
      }
    }
  }

  private List<DType> outputs(DType in) {
    return switch (kind) {
      case SUM, NANSUM, PROD -> List.of(in.isDifferentiable() ? in : DType.INT64);
      case ARGMAX, ARGMIN, COUNT_NONZERO -> List.of(DType.INT64);
      case ANY, ALL -> List.of(in == DType.UINT8 ? in : DType.BOOL);
      case MEAN, AMAX, AMIN, LOGSUMEXP -> List.of(in);
      case NORM -> List.of(in.toReal());
      case VAR, STD -> List.of(in.toReal(), in);
      case AMINMAX -> List.of(in, in);
      case MAX, MIN -> List.of(in, DType.INT64);
    };
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    int[] over = dims.resolve(in[0].shape(), label());
    return in[0].dtype().isComplex()
        ? ComplexReduction.run(this, over, outputs, in[0])
        : Reduction.run(this, over, outputs, in[0]);
  }

  @Override
  public boolean differentiable() {
    return switch (kind) {
      case ARGMAX, ARGMIN, ANY, ALL, COUNT_NONZERO -> false;
      default -> true;
    };
  }

  @Override
  public boolean savesInput(int i) {
    return kind != Kind.SUM && kind != Kind.MEAN && kind != Kind.MAX && kind != Kind.MIN;
  }

  @Override
  public boolean savesOutput(int i) {
    return switch (kind) {
      case NORM, AMAX, AMIN, AMINMAX, LOGSUMEXP, STD -> true;
      case VAR, MAX, MIN -> i == 1;
      default -> false;
    };
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {ReductionGradients.of(this, saved, grads)};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Dim shifted = batched(dims, in[0].rank() - 1);
    boolean lost = shifted.dims().length == 0;
    return lost || kind.positions() && shifted.dims().length > 1
        ? Batching.loop(this, size, batched, in)
        : Tensor.applyAll(new ReduceOp(kind, shifted, keep, argument), in);
  }

  /** The same dimensions of tensors of {@code rank} behind a batch axis. */
  private static Dim batched(Dim dims, int rank) {
    int[] named = dims.dims();
    int[] over = new int[rank == 0 ? 0 : named.length == 0 ? rank : named.length];
    for (int i = 0; i < over.length; i++) {
      over[i] = 1 + (named.length == 0 ? i : named[i] < 0 ? named[i] + rank : named[i]);
    }
    return Dim.of(over);
  }
}
