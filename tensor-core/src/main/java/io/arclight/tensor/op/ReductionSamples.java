package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.Sample.Difference.Aspect.GRADIENT;
import static io.arclight.tensor.op.Sample.Difference.Aspect.VALUE;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Dim.Keep;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ReduceOp.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The samples of reductions. */
final class ReductionSamples {
  private ReductionSamples() {}

  static List<OpInfo> infos() {
    List<OpInfo> out = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      out.add(
          new OpInfo(
              kind.name().toLowerCase(Locale.ROOT),
              dtypes(kind),
              in -> samples(kind, in),
              in -> errors(kind, in)));
    }
    out.add(OpInfo.of("reductions_dtype", ALL, ReductionSamples::converted));
    out.add(OpInfo.of("nanmean", FLOATS, ReductionSamples::nanmeans));
    out.add(OpInfo.of("dist", DTypes.andComplex(FLOATS), ReductionSamples::distances));
    out.add(OpInfo.of("median_of_all", FLOATS, ReductionSamples::medians));
    return out;
  }

  private static Set<DType> dtypes(Kind kind) {
    Set<DType> real = kind.floatsOnly() ? FLOATS : ALL;
    return ComplexReduction.defines(kind) ? DTypes.andComplex(real) : real;
  }

  private static List<Sample> samples(Kind kind, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (double argument : arguments(kind)) {
      for (Keep keep : Keep.values()) {
        add(out, kind, argument, keep, values(kind, in, 4, 5), 1);
        add(out, kind, argument, keep, values(kind, in, 4, 5), 0);
      }
      add(out, kind, argument, Keep.DROP, values(kind, in, 3, 4, 2), 1);
    }
    double usual = arguments(kind)[0];
    add(out, kind, usual, Keep.DROP, in.transposed(6, 33), -1);
    add(out, kind, usual, Keep.DROP, in.strided(2, 5), 0);
    if (kind != Kind.VAR && kind != Kind.STD) {
      add(out, kind, usual, Keep.KEEP, in.any(), -1);
    }
    if (kind != Kind.MAX && kind != Kind.MIN) {
      add(out, kind, usual, Keep.DROP, in.any(3, 4));
      add(out, kind, usual, Keep.KEEP, in.any(2, 3));
      add(out, kind, kind == Kind.VAR ? 0 : usual, Keep.DROP, in.any(kind == Kind.STD ? 3 : 1));
    }
    if (!kind.positions()) {
      add(out, kind, usual, Keep.KEEP, in.any(3, 4, 2), 0, 2);
      add(out, kind, usual, Keep.DROP, in.any(3, 4, 2), -1, -2);
    }
    if (kind == Kind.LOGSUMEXP && in.dtype().isFloatingPoint()) {
      add(out, kind, usual, Keep.DROP, in.edgeRows(), 1);
      String why = "PyTorch's is NaN in a row of negative infinities";
      out.add(out.remove(out.size() - 1).valuesOnly().differs(GRADIENT, why));
    }
    if ((kind == Kind.SUM || kind == Kind.NANSUM) && in.dtype().isFloatingPoint()) {
      add(out, kind, usual, Keep.DROP, in.edgeRows(), 1);
      out.add(out.remove(out.size() - 1).valuesOnly());
    }
    if (kind == Kind.PROD) {
      // From none to all of a line are 0.
      add(out, kind, usual, Keep.DROP, in.any(4, 4).triu(), 1);
    }
    add(out, kind, usual, Keep.DROP, in.any(0, 3), 1);
    if (!kind.needsElements()) {
      add(out, kind, usual, Keep.DROP, in.any(3, 0), 1);
      add(out, kind, usual, Keep.DROP, in.any(0, 3), 0);
    }
    return out;
  }

  private static double[] arguments(Kind kind) {
    return switch (kind) {
      case VAR, STD -> new double[] {1, 0, 2.5};
      case NORM ->
          new double[] {
            2, 0, 0.5, 1, 1.5, 3, 4, -1, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
          };
      default -> new double[] {0};
    };
  }

  /** Products get values near 1, among them some 0. */
  private static Tensor values(Kind kind, SampleInputs in, long... shape) {
    if (kind == Kind.PROD && in.dtype().isFloatingPoint()) {
      return in.range(0.5, 1.5, shape).maskedFill(in.range(0, 1, shape).lt(0.1), 0);
    }
    return in.any(shape);
  }

  private static void add(
      List<Sample> out, Kind kind, double argument, Keep keep, Tensor x, int... dims) {
    Sample s = Sample.of(new ReduceOp(kind, Dim.of(dims), keep, argument), x);
    s = s.peer(peer(kind, argument, keep, x, dims));
    boolean refused = x.dtype() == DType.BOOL && (kind == Kind.ARGMAX || kind == Kind.ARGMIN);
    out.add(refused ? s.differs(VALUE, "PyTorch takes no bool") : s);
  }

  private static String peer(Kind kind, double argument, Keep keep, Tensor x, int... dims) {
    String kept = ", keepdim=" + (keep == Keep.KEEP ? "True)" : "False)");
    int[] over = Dim.of(dims).resolve(x.shape(), "peer");
    boolean all = dims.length == 0;
    String list = ", dim=" + Arrays.toString(over);
    String one = ", dim=" + (dims.length == 1 ? Integer.toString(dims[0]) : "None");
    String name = "torch." + kind.name().toLowerCase(Locale.ROOT) + "(x0";
    return switch (kind) {
      case SUM, NANSUM, MEAN, LOGSUMEXP, AMAX, AMIN, ANY, ALL -> name + list + kept;
      case COUNT_NONZERO ->
          keep == Keep.KEEP ? "torch.sum(x0 != 0" + list + kept : name + list + ")";
      case PROD -> all && keep == Keep.DROP ? name + ")" : products(over, kept);
      case VAR, STD -> name.replace("(", "_mean(") + list + ", correction=" + argument + kept;
      case NORM -> "torch.linalg.vector_norm(x0, ord=" + number(argument) + list + kept;
      // torch.aminmax has no gradient.
      case AMINMAX -> "(torch.amin(x0" + list + kept + ", torch.amax(x0" + list + kept + ")";
      case MAX, MIN, ARGMAX, ARGMIN -> name + one + kept;
    };
  }

  /** PyTorch's takes one dimension. */
  private static String products(int[] over, String kept) {
    String expression = "x0";
    for (int d = over.length - 1; d >= 0; d--) {
      expression = "torch.prod(" + expression + ", dim=" + over[d] + kept;
    }
    return over.length == 0 ? "torch.prod(x0)" : expression;
  }

  private static String number(double value) {
    return Double.isInfinite(value)
        ? "float('" + (value > 0 ? "inf" : "-inf") + "')"
        : Double.toString(value);
  }

  private static List<ErrorSample> errors(Kind kind, SampleInputs in) {
    List<ErrorSample> out = new ArrayList<>();
    out.add(
        ErrorSample.of(
            new ReduceOp(kind, Dim.of(2), Keep.DROP),
            ShapeException.class,
            "out of range",
            in.any(2, 2)));
    if (kind.positions()) {
      out.add(
          ErrorSample.of(
              new ReduceOp(kind, Dim.of(0, 1), Keep.DROP),
              ShapeException.class,
              "along one dimension",
              in.any(2, 2)));
    } else {
      out.add(
          ErrorSample.of(
              new ReduceOp(kind, Dim.of(0, -2), Keep.DROP),
              ShapeException.class,
              "appears twice",
              in.any(2, 2)));
    }
    if (kind.needsElements()) {
      out.add(
          ErrorSample.of(
              new ReduceOp(kind, Dim.of(1), Keep.DROP),
              ShapeException.class,
              "no elements",
              in.any(2, 0)));
    }
    if (kind == Kind.NORM) {
      out.add(
          ErrorSample.of(
              new ReduceOp(kind, Dim.of(1), Keep.DROP, Double.POSITIVE_INFINITY),
              ShapeException.class,
              "no elements",
              in.any(2, 0)));
    }
    if (!ComplexReduction.defines(kind)) {
      out.add(
          ErrorSample.of(
              new ReduceOp(kind, Dim.of(1), Keep.DROP),
              DTypeException.class,
              "not defined for complex64: complex numbers have no order",
              new SampleInputs(DType.COMPLEX64, in.device()).any(2, 2)));
    }
    if (kind.floatsOnly()) {
      out.add(
          ErrorSample.of(
              new ReduceOp(kind, Dim.of(1), Keep.DROP),
              DTypeException.class,
              "needs a floating-point tensor",
              in.index(1, 2, 2)));
    }
    return out;
  }

  private static List<Sample> converted(SampleInputs in) {
    Dim one = Dim.of(1);
    List<Sample> out = new ArrayList<>();
    for (DType t : List.of(DType.FLOAT64, DType.INT32)) {
      String peer = ", dtype=torch." + t + ")";
      String x0 = t.isFloatingPoint() ? "x0" : "x0.detach()";
      out.add(
          Sample.composed(x -> x[0].sum(one, Keep.KEEP, t), in.any(3, 4))
              .peer("torch.sum(" + x0 + ", dim=[1], keepdim=True" + peer));
      out.add(
          Sample.composed(x -> x[0].prod(one, Keep.DROP, t), in.positive(3, 4))
              .peer("torch.prod(" + x0 + ", dim=1, keepdim=False" + peer));
      out.add(
          Sample.composed(x -> x[0].nansum(one, Keep.DROP, t), in.any(3, 4))
              .peer("torch.nansum(" + x0 + ", dim=[1], keepdim=False" + peer));
    }
    out.add(Sample.composed(x -> x[0].logsumexp(1), in.any(3, 4)).peer("torch.logsumexp(x0, [1])"));
    out.add(
        Sample.composed(x -> x[0].mean(one, Keep.DROP, DType.FLOAT64), in.any(3, 4))
            .peer("torch.mean(x0, dim=[1], keepdim=False, dtype=torch.float64)"));
    return out;
  }

  private static List<Sample> nanmeans(SampleInputs in) {
    return List.of(
        Sample.composed(x -> x[0].nanmean(Dim.of(1), Keep.KEEP), in.any(3, 4))
            .peer("torch.nanmean(x0, dim=[1], keepdim=True)"),
        Sample.composed(x -> x[0].nanmean(), in.any(3, 4)).peer("torch.nanmean(x0)"),
        Sample.composed(x -> x[0].nanmean(Dim.of(0), Keep.DROP, DType.FLOAT64), in.any(3, 4))
            .peer("torch.nanmean(x0, dim=[0], dtype=torch.float64)"));
  }

  private static List<Sample> distances(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (double p : new double[] {2, 1, 0, Double.POSITIVE_INFINITY, 2.5}) {
      Sample s =
          Sample.composed(x -> x[0].dist(x[1], p), in.any(3, 4), in.any(4))
              .peer("torch.dist(x0, x1, p=" + number(p) + ")");
      out.add(p == 0 ? s.differs(GRADIENT, "0, where PyTorch raises") : s);
    }
    return out;
  }

  private static List<Sample> medians(SampleInputs in) {
    WholeMedianOp median = new WholeMedianOp(SelectRankOp.Kind.MEDIAN);
    return List.of(
        Sample.of(median, in.any(3, 4)).peer("torch.median(x0)"),
        Sample.of(new WholeMedianOp(SelectRankOp.Kind.NANMEDIAN), in.any(7))
            .peer("torch.nanmedian(x0)"),
        Sample.of(median, in.any(0)).peer("torch.median(x0)"));
  }
}
