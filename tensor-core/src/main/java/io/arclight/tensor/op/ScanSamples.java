package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.NUMBERS;
import static io.arclight.tensor.op.Sample.Difference.Aspect.GRADIENT;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The samples of scans, differences and integrals. */
final class ScanSamples {
  private ScanSamples() {}

  static List<OpInfo> infos() {
    List<OpInfo> out = new ArrayList<>();
    for (ScanOp.Kind kind : ScanOp.Kind.values()) {
      boolean logs = kind == ScanOp.Kind.LOGCUMSUMEXP;
      out.add(
          new OpInfo(
              kind.name().toLowerCase(Locale.ROOT),
              DTypes.andComplex(logs ? FLOATS : ALL),
              in -> samples(kind, in),
              in -> errors(kind, in)));
    }
    for (CumulativeExtremeOp.Kind kind : CumulativeExtremeOp.Kind.values()) {
      out.add(
          new OpInfo(
              kind.name().toLowerCase(Locale.ROOT),
              ALL,
              in -> extremes(kind, in),
              in -> errors(in, new CumulativeExtremeOp(2, kind), null)));
    }
    out.add(
        new OpInfo(
            "diff",
            DTypes.andComplex(ALL),
            ScanSamples::differences,
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].diff(-1, 0), ShapeException.class, "of at least 0", in.any(3)))));
    out.add(
        new OpInfo(
            "trapezoid",
            DTypes.andComplex(NUMBERS),
            ScanSamples::integrals,
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].trapezoid(x[1], 1),
                        ShapeException.class,
                        "one for each",
                        in.any(2, 3),
                        in.any(2)))));
    return out;
  }

  private static List<Sample> samples(ScanOp.Kind kind, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    String name = "torch." + kind.name().toLowerCase(Locale.ROOT) + "(x0, ";
    for (ScanOp.Direction d : ScanOp.Direction.values()) {
      for (Tensor x : inputs(kind, in)) {
        for (int dim = Math.min(0, x.rank() - 1); dim < Math.max(1, x.rank()); dim++) {
          ScanOp op = new ScanOp(dim, kind, d);
          out.add(
              Sample.of(op, x)
                  .peer(
                      d == ScanOp.Direction.FORWARD
                          ? name + dim + ")"
                          : name.replace("x0", "torch.flip(x0, [" + dim + "])")
                              + dim
                              + ").flip(["
                              + dim
                              + "])"));
        }
      }
    }
    if (kind == ScanOp.Kind.LOGCUMSUMEXP) {
      String rows = in.dtype().isComplex() ? "with infinities" : "of negative infinities";
      for (Tensor x : List.of(in.edgeRows(), in.edgeRows().add(in.exactly(6, 4)))) {
        out.add(
            Sample.of(new ScanOp(1, kind), x)
                .peer("torch.logcumsumexp(x0, 1)")
                .valuesOnly()
                .differs(GRADIENT, "PyTorch's is NaN in a row " + rows));
      }
    } else {
      out.add(
          Sample.composed(
                  x ->
                      kind == ScanOp.Kind.CUMSUM
                          ? x[0].cumsum(0, DType.INT32)
                          : x[0].cumprod(0, DType.INT32),
                  in.any(4, 3))
              .peer(name.replace("x0", "x0.detach()") + "0, dtype=torch.int32)"));
    }
    return out;
  }

  private static List<Tensor> inputs(ScanOp.Kind kind, SampleInputs in) {
    List<Tensor> out = new ArrayList<>(List.of(in.any(3, 0), in.any(), in.any(2, 3, 2)));
    if (kind == ScanOp.Kind.CUMPROD && in.dtype().isFloatingPoint()) {
      Tensor x = in.range(0.5, 1.5, 3, 7);
      out.add(x);
      out.add(x.maskedFill(in.range(0, 1, 3, 7).lt(0.2), 0));
      out.add(in.any(4, 4).triu());
    } else if (kind == ScanOp.Kind.CUMPROD) {
      out.add(in.any(2, 4));
      out.add(in.any(4, 4).triu());
    } else {
      out.add(in.any(3, 7));
      out.add(in.transposed(4, 5));
    }
    return out;
  }

  private static List<Sample> extremes(CumulativeExtremeOp.Kind kind, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    String name = "torch." + kind.name().toLowerCase(Locale.ROOT) + "(x0, ";
    for (Tensor x : List.of(in.any(3, 7), in.transposed(4, 5), in.any(), in.any(3, 0))) {
      for (int dim = 0; dim < Math.max(1, x.rank()); dim++) {
        out.add(Sample.of(new CumulativeExtremeOp(dim, kind), x).peer(name + dim + ")"));
      }
    }
    return out;
  }

  private static List<ErrorSample> errors(ScanOp.Kind kind, SampleInputs in) {
    boolean logs = kind == ScanOp.Kind.LOGCUMSUMEXP;
    return errors(in, new ScanOp(2, kind), logs ? new ScanOp(0, kind) : null);
  }

  private static List<ErrorSample> errors(SampleInputs in, Op far, Op floats) {
    List<ErrorSample> out = new ArrayList<>();
    out.add(ErrorSample.of(far, ShapeException.class, "out of range", in.any(2, 2)));
    if (floats != null) {
      out.add(
          ErrorSample.of(
              floats, DTypeException.class, "needs a floating-point tensor", in.index(1, 2)));
    }
    return out;
  }

  private static List<Sample> differences(SampleInputs in) {
    return List.of(
        Sample.composed(x -> x[0].diff(), in.any(3, 5)).peer("torch.diff(x0)"),
        Sample.composed(x -> x[0].diff(2, 0), in.any(4, 3)).peer("torch.diff(x0, 2, 0)"),
        Sample.composed(x -> x[0].diff(0, 0), in.any(4)).peer("torch.diff(x0, 0, 0)"),
        Sample.composed(x -> x[0].diff(3, 0), in.any(2)).peer("torch.diff(x0, 3, 0)"),
        Sample.composed(x -> x[0].diff(1, 1, x[1], x[2]), in.any(2, 3), in.any(2, 1), in.any(2, 2))
            .peer("torch.diff(x0, 1, 1, x1, x2)"),
        Sample.composed(x -> x[0].diff(1, -1, null, x[1]), in.any(3), in.any(1))
            .peer("torch.diff(x0, 1, -1, None, x1)"));
  }

  private static List<Sample> integrals(SampleInputs in) {
    return List.of(
        Sample.composed(x -> x[0].trapezoid(0.5, 1), in.any(3, 5))
            .peer("torch.trapezoid(x0, dx=0.5, dim=1)"),
        Sample.composed(x -> x[0].trapezoid(x[1], 0), in.any(3, 2), in.any(3))
            .peer("torch.trapezoid(x0, x1, dim=0)"),
        Sample.composed(x -> x[0].trapezoid(x[1], -1), in.any(2, 3), in.any(2, 3))
            .peer("torch.trapezoid(x0, x1, dim=-1)"),
        Sample.composed(x -> x[0].trapezoid(2, 0), in.any(0)).peer("torch.trapezoid(x0, dx=2.0)"),
        Sample.composed(x -> x[0].cumulativeTrapezoid(0.5, 1), in.any(3, 5))
            .peer("torch.cumulative_trapezoid(x0, dx=0.5, dim=1)"),
        Sample.composed(x -> x[0].cumulativeTrapezoid(x[1], 0), in.any(3, 2), in.any(3))
            .peer("torch.cumulative_trapezoid(x0, x1, dim=0)"));
  }
}
