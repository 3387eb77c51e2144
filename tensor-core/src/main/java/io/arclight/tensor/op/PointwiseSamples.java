package io.arclight.tensor.op;

import static io.arclight.tensor.op.Pointwise.ACOSH;
import static io.arclight.tensor.op.Pointwise.ADD;
import static io.arclight.tensor.op.Pointwise.BINARY_CROSS_ENTROPY;
import static io.arclight.tensor.op.Pointwise.CLAMP;
import static io.arclight.tensor.op.Pointwise.FLOOR_DIVIDE;
import static io.arclight.tensor.op.Pointwise.FMOD;
import static io.arclight.tensor.op.Pointwise.FREXP_EXPONENT;
import static io.arclight.tensor.op.Pointwise.ISCLOSE_OR_NAN;
import static io.arclight.tensor.op.Pointwise.LOGIT;
import static io.arclight.tensor.op.Pointwise.LOG_NDTR;
import static io.arclight.tensor.op.Pointwise.POW;
import static io.arclight.tensor.op.Pointwise.REMAINDER;
import static io.arclight.tensor.op.Pointwise.TRUNC_DIVIDE;
import static io.arclight.tensor.op.Pointwise.WHERE;
import static io.arclight.tensor.op.Sample.Difference.Aspect.GRADIENT;
import static io.arclight.tensor.op.Sample.Difference.Aspect.VALUE;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Device;
import io.arclight.tensor.DeviceException;
import io.arclight.tensor.FloatInfo;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the rows of {@link Pointwise} are tested with. */
final class PointwiseSamples {
  private static final Set<Pointwise> DIVISIONS =
      Set.of(FLOOR_DIVIDE, TRUNC_DIVIDE, REMAINDER, FMOD);

  private static final String NO_OVERLOAD = "PyTorch takes no number there";

  private PointwiseSamples() {}

  static OpInfo info(Pointwise p) {
    return new OpInfo(p.label(), dtypes(p), in -> samples(p, in), in -> errors(p, in));
  }

  private static Set<DType> dtypes(Pointwise p) {
    Set<DType> real = p.row().dtypes;
    return ComplexRules.defines(p) ? DTypes.andComplex(real) : real;
  }

  private static List<Sample> samples(Pointwise p, SampleInputs in) {
    Row row = p.row();
    long[][][] shapes = {
      {{3, 37}, {3, 37}, {3, 37}},
      {{4, 1, 3}, {5, 1}, {3}},
      {{0, 3}, {0, 3}, {0, 3}},
      {{}, {}, {}},
    };
    List<Sample> out = new ArrayList<>();
    for (long[][] shape : shapes) {
      Tensor[] operands = new Tensor[p.arity()];
      for (int i = 0; i < operands.length; i++) {
        operands[i] = row.numbers[i] != null ? null : row.domains[i].of(in, shape[i]);
      }
      out.add(sample(p, row.numbers, operands));
    }
    if (p.arity() == 2
        && row.numberSamples
        && row.numbers[1] == null
        && (row.scalars != 0 || row.undefined == 0)) {
      Tensor x = row.domains[0].of(in, 9);
      Tensor y = row.domains[1].of(in, 9);
      Sample right = sample(p, new Number[] {null, 2}, x, null);
      Sample left = sample(p, new Number[] {3, null}, null, y);
      out.add((row.scalars & 2) != 0 ? right : right.withoutPeer(NO_OVERLOAD));
      out.add((row.scalars & 1) != 0 ? left : left.withoutPeer(NO_OVERLOAD));
    }
    boolean edges =
        in.dtype().isFloatingPoint() ? row.realEdges : row.integerEdges && ownDType(p, in);
    if (p.mask() < 0 && edges) {
      edges(p, in, out);
    }
    if (in.dtype().isFloatingPoint()) {
      extremes(p, in, out);
    }
    if (p == POW && in.dtype().isInteger()) {
      out.add(sample(p, row.numbers, in.range(-3, 4, 40, 1), in.range(-3, 4, 40)));
    }
    return out;
  }

  /** Values beyond {@link SampleInputs#edges} that a meaning or slope tells apart. */
  private static void extremes(Pointwise p, SampleInputs in, List<Sample> out) {
    Row row = p.row();
    if (row.corners != null) {
      Tensor[] operands = new Tensor[p.arity()];
      int next = 0;
      for (int i = 0; i < operands.length; i++) {
        if (row.numbers[i] == null) {
          operands[i] = Tensor.of(row.corners[next++]).to(in.dtype()).to(in.device());
        }
      }
      Sample corners = sample(p, row.numbers, operands).valuesOnly();
      String why = slopeAtCorners(p, in.dtype());
      out.add(why == null ? corners : corners.differs(GRADIENT, why));
    }
    FloatInfo info = in.dtype().finfo();
    if (p == FREXP_EXPONENT) {
      out.add(sample(p, p.row().numbers, in.positive(9).mul(info.tiny() / 8)).valuesOnly());
      out.add(sample(p, p.row().numbers, in.any(9).mul(Math.pow(info.tiny(), 0.8))).valuesOnly());
    } else if (p == ACOSH) {
      out.add(sample(p, p.row().numbers, in.positive(9).mul(info.max() / 8)).valuesOnly());
    } else if (p == LOGIT) {
      // Without the zero of the negative side.
      out.add(sample(p, p.row().numbers, in.edges().add(0)).valuesOnly());
    }
  }

  /** Where derivatives at corners are meant to differ from PyTorch's. */
  static String slopeAtCorners(Pointwise p, DType dtype) {
    return p == BINARY_CROSS_ENTROPY && dtype == DType.FLOAT16
        ? "finite at 0 and 1, where PyTorch divides by 1e-12, which is 0 in float16"
        : null;
  }

  /** Whether the values are not rounded to float32 first. */
  private static boolean ownDType(Pointwise p, SampleInputs in) {
    return in.dtype().isInteger() && (p.rule() == Row.Rule.SAME || p.rule() == Row.Rule.BOOL);
  }

  /** All pairs of values at the edges of the dtype. */
  private static void edges(Pointwise p, SampleInputs in, List<Sample> out) {
    Tensor[] operands = new Tensor[p.arity()];
    Tensor edges = in.edges();
    for (int i = operands.length - 1; i >= 0; i--) {
      if (p.row().numbers[i] == null) {
        operands[i] = edges;
        edges = edges.unsqueeze(-1);
      }
    }
    // Not broadcast: the sum over what is would hide a gradient behind one that is NaN.
    if (p.arity() > 1) {
      Shape whole = Shape.SCALAR;
      for (Tensor t : operands) {
        whole = t == null ? whole : Shape.broadcast(whole, t.shape());
      }
      for (int i = 0; i < operands.length; i++) {
        operands[i] = operands[i] == null ? null : operands[i].expand(whole).contiguous();
      }
    }
    Sample sample = sample(p, p.row().numbers, operands).valuesOnly();
    String reason = in.dtype().isFloatingPoint() ? slope(p) : null;
    boolean half = in.dtype().isFloatingPoint() && in.dtype().bytes() < Float.BYTES;
    boolean same = reason == null || p == LOG_NDTR && half;
    out.add(same ? sample : sample.differs(GRADIENT, reason));
  }

  /** Where derivatives at the edges are meant to differ from PyTorch's. */
  private static String slope(Pointwise p) {
    return switch (p) {
      case SOFTSIGN -> "0 at infinity, where PyTorch gives NaN";
      case ABS, ABSOLUTE_ERROR -> "NaN at NaN, where PyTorch gives 0";
      case MAXIMUM, MINIMUM -> "half each where both operands are NaN, as where they are equal";
      case ACOSH -> "undefined below 1: the sign of the infinity at -1 has no meaning";
      case LOGIT -> "at -0.0 that of the negative side";
      case DIGAMMA -> "infinite at a pole, where PyTorch gives a large number";
      case LOG_NDTR -> "infinite at -infinity, where PyTorch gives NaN";
      default -> null;
    };
  }

  private static Sample sample(Pointwise p, Number[] numbers, Tensor... operands) {
    String peer = p.row().peer == null ? call(p) : p.row().peer;
    List<Tensor> tensors = new ArrayList<>();
    boolean plain = true;
    for (int i = 0; i < operands.length; i++) {
      plain &= numbers[i] == null;
      String text = numbers[i] == null ? "x" + tensors.size() : numbers[i].toString();
      peer = peer.replace("{" + i + "}", text);
      if (operands[i] != null) {
        tensors.add(operands[i]);
      }
    }
    Op op = plain ? p : p.with(numbers);
    Sample sample = known(p, Sample.of(op, tensors.toArray(new Tensor[0])).peer(peer));
    return p.row().undefined == (1 << p.arity()) - 1 ? sample.valuesOnly() : sample;
  }

  /** What PyTorch cannot do where the first operand is broadcast. */
  private static Sample known(Pointwise p, Sample sample) {
    Tensor first = sample.inputs().get(0);
    boolean broadcast =
        sample.inputs().stream()
            .anyMatch(t -> !Shape.broadcast(t.shape(), first.shape()).equals(first.shape()));
    if (broadcast && p == CLAMP && first.dtype().isFloatingPoint()) {
      return sample.differs(GRADIENT, "PyTorch's fails where bounds broadcast the input");
    }
    if (broadcast && p == ISCLOSE_OR_NAN) {
      return sample.differs(VALUE, "PyTorch's fails where the second operand broadcasts the first");
    }
    return sample;
  }

  private static String call(Pointwise p) {
    StringBuilder s = new StringBuilder("torch.").append(p.label()).append('(');
    for (int i = 0; i < p.arity(); i++) {
      s.append(i > 0 ? ", " : "").append('{').append(i).append('}');
    }
    return s.append(')').toString();
  }

  private static List<ErrorSample> errors(Pointwise p, SampleInputs in) {
    List<ErrorSample> out = new ArrayList<>();
    if (p.arity() == 2 && p.row().numbers[1] == null) {
      out.add(
          ErrorSample.of(p, ShapeException.class, "do not broadcast", in.any(2, 3), in.any(2, 4)));
    }
    if (p.arity() == 2 && p.row().numbers[1] == null) {
      Device elsewhere = in.device().equals(Device.CPU) ? Device.QUEUE : Device.CPU;
      Tensor x = in.any(2, 3);
      out.add(
          ErrorSample.of(p, DeviceException.class, "move one with to(device)", x, x.to(elsewhere)));
    }
    if (p == ADD) {
      Tensor real = new SampleInputs(DType.FLOAT32, in.device()).any(3);
      out.add(
          ErrorSample.composed(
              x -> x[0].addInPlace(x[1]),
              DTypeException.class,
              "add: a result of dtype float32 cannot be stored in place in a int64 tensor",
              in.index(1, 3),
              real));
    }
    for (DType other : DType.values()) {
      if (p.arity() == 1 && !dtypes(p).contains(other)) {
        Tensor x = new SampleInputs(other, in.any().device()).any(3);
        out.add(ErrorSample.of(p, DTypeException.class, "not defined on " + other, x));
      }
    }
    if (p == WHERE) {
      Tensor x = new SampleInputs(DType.INT64, in.any().device()).any(3);
      out.add(ErrorSample.of(p, DTypeException.class, "must be bool", x, x, x));
    }
    if (DIVISIONS.contains(p) && in.dtype().isInteger()) {
      out.add(
          ErrorSample.of(p.with(null, 0), DataException.class, "division by zero", in.positive(3)));
    }
    return out;
  }
}
