package io.arclight.tensor.op;

import static io.arclight.tensor.DType.INT64;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.NUMBERS;
import static io.arclight.tensor.op.Pointwise.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the rows of {@link Pointwise} are tested with. */
final class PointwiseSamples {
  private PointwiseSamples() {}

  static OpInfo info(Pointwise p) {
    Set<DType> dtypes =
        switch (p.rule()) {
          case FLOAT -> floatsOnly(p) ? FLOATS : ALL;
          case BOOL -> ALL;
          case FIRST -> p == MASKED_SCALE ? FLOATS : ALL;
          case SAME -> p == WHERE || p == SECOND ? ALL : p == POW ? FLOATS : NUMBERS;
        };
    return new OpInfo(
        p.label(),
        ComplexRules.defines(p) ? DTypes.andComplex(dtypes) : dtypes,
        in -> samples(p, in).stream().map(s -> PointwisePeers.of(p, s)).toList(),
        in -> errors(p, in));
  }

  /** Whether PyTorch has no such function of integers. */
  private static boolean floatsOnly(Pointwise p) {
    return switch (p) {
      case LERP, ADDCDIV, LOG_SIGMOID, LEAKY_RELU, ELU, GELU, SILU, SOFTPLUS -> true;
      default -> false;
    };
  }

  private static Tensor operand(Pointwise p, SampleInputs in, long... shape) {
    return switch (p) {
      case SQRT, RSQRT, RECIPROCAL, LOG, LOG1P, POW, DIV, FLOOR_DIVIDE, REMAINDER ->
          in.positive(shape);
      default -> in.any(shape);
    };
  }

  private static List<Sample> samples(Pointwise p, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    switch (p) {
      case WHERE -> {
        out.add(Sample.of(p, in.mask(4, 5), in.any(4, 5), in.any(4, 5)));
        out.add(Sample.of(p, in.mask(5), in.any(4, 1), in.any()));
        out.add(Sample.of(p, in.mask(0), in.any(0), in.any(0)));
      }
      case MASKED_FILL, MASKED_SCALE -> {
        out.add(Sample.of(p.with(null, null, 2), in.any(4, 5), in.mask(4, 5)));
        out.add(Sample.of(p.with(null, null, 2), in.any(4, 5), in.mask(5)));
      }
      case CLAMP -> out.add(Sample.of(p.with(null, -1, 1), in.any(3, 7)));
      case LEAKY_RELU -> out.add(Sample.of(p.with(null, 0.1), in.any(3, 7)));
      case ELU -> out.add(Sample.of(p.with(null, 1.5), in.any(3, 7)));
      case ADDCMUL, ADDCDIV ->
          out.add(
              Sample.of(p.with(null, null, null, 2), in.any(3, 7), in.any(3, 7), in.positive(7)));
      default -> {
        Tensor[] same = new Tensor[p.arity()];
        Tensor[] broadcast = new Tensor[p.arity()];
        Tensor[] empty = new Tensor[p.arity()];
        Tensor[] scalar = new Tensor[p.arity()];
        for (int i = 0; i < p.arity(); i++) {
          same[i] = operand(p, in, 3, 37);
          broadcast[i] = operand(p, in, i % 2 == 0 ? new long[] {4, 1, 3} : new long[] {5, 1});
          empty[i] = operand(p, in, 0, 3);
          scalar[i] = operand(p, in);
        }
        out.add(Sample.of(p, same));
        out.add(Sample.of(p, broadcast));
        out.add(Sample.of(p, empty));
        out.add(Sample.of(p, scalar));
        if (p.arity() == 2) {
          out.add(Sample.of(p.with(null, 2), operand(p, in, 9)));
          out.add(Sample.of(p.with(3, null), operand(p, in, 9)));
        }
      }
    }
    return out;
  }

  private static List<ErrorSample> errors(Pointwise p, SampleInputs in) {
    List<ErrorSample> out = new ArrayList<>();
    if (p.arity() == 2) {
      out.add(
          ErrorSample.of(p, ShapeException.class, "do not broadcast", in.any(2, 3), in.any(2, 4)));
    }
    if (p == WHERE) {
      Tensor x = new SampleInputs(INT64, in.any().device()).any(3);
      out.add(ErrorSample.of(p, DTypeException.class, "must be bool", x, x, x));
    }
    if ((p == FLOOR_DIVIDE || p == REMAINDER) && in.dtype().isInteger()) {
      out.add(
          ErrorSample.of(p.with(null, 0), DataException.class, "division by zero", in.positive(3)));
    }
    return out;
  }
}
