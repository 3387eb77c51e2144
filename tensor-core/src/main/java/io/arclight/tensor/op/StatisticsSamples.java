package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Histogram;
import io.arclight.tensor.Histogram.Scale;
import io.arclight.tensor.Order;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** The samples of histograms and covariances. */
final class StatisticsSamples {
  private StatisticsSamples() {}

  static List<OpInfo> infos() {
    return List.of(
        OpInfo.of(
            "histc",
            DTypes.FLOATS,
            in ->
                List.of(
                    Sample.composed(x -> x[0].histc(6), in.any(4, 9)).peer("torch.histc(x0, 6)"),
                    Sample.composed(x -> x[0].histc(5, -1, 1), in.any(5, 6))
                        .peer("torch.histc(x0, 5, -1, 1)"),
                    Sample.composed(x -> x[0].histc(4), in.positive(1))
                        .peer("torch.histc(x0, 4)"))),
        new OpInfo(
            "histogram",
            EnumSet.of(DType.FLOAT32, DType.FLOAT64),
            StatisticsSamples::histograms,
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].histc(4, 2, 1),
                        TensorException.class,
                        "the range from 2.0 to 1.0 is reversed",
                        in.any(3)),
                    ErrorSample.composed(
                        x -> x[0].histogram(3, new double[] {0, 1}, x[1], Scale.COUNT).counts(),
                        ShapeException.class,
                        "weights [2] must have the shape of what is counted, [3]",
                        in.any(3),
                        in.any(2)),
                    ErrorSample.composed(
                        x -> x[0].histogram(x[1], null, Scale.COUNT).counts(),
                        ShapeException.class,
                        "edges must be a vector of at least two",
                        in.any(3),
                        in.any(1)),
                    ErrorSample.composed(
                        x -> x[0].histogram(x[1], null, Scale.COUNT).counts(),
                        DTypeException.class,
                        "needs a floating-point tensor, not int64",
                        in.index(1, 3),
                        in.any(2)),
                    ErrorSample.composed(
                        x -> x[0].histogramdd(new Tensor[] {x[1]}, x[2], Scale.COUNT).counts(),
                        ShapeException.class,
                        "weights of shape [3] are not one for each point",
                        in.any(4, 1),
                        in.any(3),
                        in.any(3)),
                    ErrorSample.composed(
                        x ->
                            x[0].histogramdd(
                                    new long[] {2, 2}, new double[] {0, 1}, null, Scale.COUNT)
                                .counts(),
                        ShapeException.class,
                        "a range of 2 numbers for 2 dimensions",
                        in.any(3, 2)),
                    ErrorSample.composed(
                        x -> x[0].histc(4), DataException.class, "not finite", infinite(in)),
                    ErrorSample.composed(
                        x -> x[0].histogram(0).counts(),
                        ShapeException.class,
                        "at least one bin",
                        in.any(3)),
                    ErrorSample.composed(
                        x -> x[0].histogramdd(3, 2, 2).counts(),
                        ShapeException.class,
                        "coordinates",
                        in.any(3, 2)))),
        new OpInfo(
            "cov",
            DTypes.andComplex(NUMBERS),
            StatisticsSamples::covariances,
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].cov(),
                        ShapeException.class,
                        "cov: needs a matrix or vector of numbers",
                        in.any(2, 2, 2)),
                    ErrorSample.composed(
                        x -> x[0].cov(1, x[1], null),
                        ShapeException.class,
                        "one weight for each of 4",
                        in.any(2, 4),
                        in.indices(3, 3)),
                    ErrorSample.composed(
                        x -> x[0].cov(1, x[1], null),
                        DTypeException.class,
                        "must be integers",
                        in.any(2, 4),
                        new SampleInputs(DType.FLOAT32, in.device()).any(4)))));
  }

  private static Tensor infinite(SampleInputs in) {
    return in.any(3).maskedFill(in.any(3).ne(0), Double.POSITIVE_INFINITY);
  }

  private static Tensor[] flat(Histogram h) {
    List<Tensor> out = new ArrayList<>();
    out.add(h.counts());
    out.addAll(h.edges());
    return out.toArray(new Tensor[0]);
  }

  private static List<Sample> histograms(SampleInputs in) {
    Tensor edges = in.any(5).sort(0, Order.ASCENDING).values();
    return List.of(
        Sample.composedAll(x -> flat(x[0].histogram(6)), in.any(4, 9))
            .peer("torch.histogram(x0.detach(), 6)"),
        Sample.composedAll(
                x -> flat(x[0].histogram(4, new double[] {-1, 1.5}, x[1], Scale.DENSITY)),
                in.any(20),
                in.positive(20))
            .peer(
                "torch.histogram(x0.detach(), 4, range=[-1.0, 1.5], weight=x1.detach(), density=True)"),
        Sample.composedAll(x -> flat(x[0].histogram(x[1], null, Scale.DENSITY)), in.any(30), edges)
            .peer("torch.histogram(x0.detach(), x1.detach(), density=True)"),
        Sample.composedAll(x -> new Tensor[] {x[0].histogramdd(3, 2).counts()}, in.any(60, 2))
            .peer("torch._histogramdd_from_bin_cts(x0.detach(), [3, 2])"),
        Sample.composedAll(
                x -> {
                  double[] range = {-1, 1, -0.5, 1.5};
                  return new Tensor[] {
                    x[0].histogramdd(new long[] {3, 2}, range, null, Scale.COUNT).counts()
                  };
                },
                in.any(90, 2))
            .peer(
                "torch._histogramdd_from_bin_cts(x0.detach(), [3, 2], range=[-1.0, 1.0, -0.5, 1.5])"),
        Sample.composedAll(
                x ->
                    new Tensor[] {
                      x[0].histogramdd(new Tensor[] {x[1], x[1]}, x[2], Scale.COUNT).counts()
                    },
                in.any(5, 4, 2),
                edges,
                in.positive(5, 4))
            .peer(
                "torch._histogramdd_from_bin_tensors(x0.detach(), [x1.detach(), x1.detach()], weight=x2.detach())"));
  }

  private static List<Sample> covariances(SampleInputs in) {
    SampleInputs reals = new SampleInputs(DType.FLOAT32, in.device());
    List<Sample> out = new ArrayList<>();
    out.add(Sample.composed(x -> x[0].cov(), in.any(3, 5)).peer("torch.cov(x0)"));
    out.add(Sample.composed(x -> x[0].cov(), in.any(6)).peer("torch.cov(x0)"));
    out.add(
        Sample.composed(x -> x[0].cov(1, x[1], null), in.any(3, 4), in.indices(3, 4).add(1))
            .peer("torch.cov(x0, fweights=x1)"));
    out.add(
        Sample.composed(
                x -> x[0].cov(1, x[1], x[2]),
                in.any(3, 4),
                in.indices(3, 4).add(1),
                reals.positive(4))
            .peer("torch.cov(x0, correction=1, fweights=x1, aweights=x2)"));
    if (in.dtype().isFloatingPoint()) {
      out.add(Sample.composed(x -> x[0].corrcoef(), in.any(3, 5)).peer("torch.corrcoef(x0)"));
    }
    out.add(Sample.composed(x -> x[0].corrcoef(), in.positive(4)).peer("torch.corrcoef(x0)"));
    return out;
  }
}
