package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Interpolation;
import io.arclight.tensor.Order;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.Unique;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/** The samples of what puts elements in order. */
final class OrderSamples {
  private OrderSamples() {}

  static List<OpInfo> infos() {
    List<OpInfo> out = new ArrayList<>();
    out.add(
        new OpInfo(
            "sort",
            ALL,
            OrderSamples::sorts,
            in ->
                List.of(
                    ErrorSample.of(
                        new SortOp(1, Order.ASCENDING),
                        ShapeException.class,
                        "out of range",
                        in.any(3)))));
    out.add(
        new OpInfo(
            "topk",
            NUMBERS,
            OrderSamples::firsts,
            in ->
                List.of(
                    ErrorSample.of(
                        new TopKOp(4, 0, Order.DESCENDING),
                        ShapeException.class,
                        "k must be from 0 to 3",
                        in.any(3)))));
    for (SelectRankOp.Kind kind : SelectRankOp.Kind.values()) {
      out.add(
          new OpInfo(
              kind.name().toLowerCase(Locale.ROOT),
              kind == SelectRankOp.Kind.MODE ? ALL : NUMBERS,
              in -> ranks(kind, in),
              in ->
                  List.of(
                      ErrorSample.of(
                          new SelectRankOp(kind, 1, 0, Dim.Keep.DROP),
                          ShapeException.class,
                          "rows of 4294967296 elements are too long",
                          in.any(1).expand(1L << 32)),
                      ErrorSample.of(
                          new SelectRankOp(
                              kind, kind == SelectRankOp.Kind.KTHVALUE ? 1 : 0, 1, Dim.Keep.DROP),
                          ShapeException.class,
                          kind == SelectRankOp.Kind.KTHVALUE ? "k must be" : "no elements",
                          in.any(3, 0)))));
    }
    out.add(
        new OpInfo(
            "quantile",
            EnumSet.of(DType.FLOAT32, DType.FLOAT64),
            OrderSamples::quantiles,
            in ->
                List.of(
                    ErrorSample.composed(
                        x -> x[0].quantile(x[1], Dim.of(0), Dim.Keep.DROP, Interpolation.LINEAR),
                        ShapeException.class,
                        "q must be a scalar or vector of",
                        in.any(3),
                        in.any(2, 2)),
                    ErrorSample.composed(
                        x -> x[0].quantile(1.5), TensorException.class, "from 0 to 1", in.any(3)),
                    ErrorSample.composed(
                        x -> x[0].quantile(0.5), ShapeException.class, "needs elements", in.any(0)),
                    ErrorSample.composed(
                        x -> x[0].quantile(0.5),
                        DTypeException.class,
                        "needs float32",
                        in.index(1, 3)))));
    out.add(OpInfo.of("bucketize", NUMBERS, OrderSamples::buckets));
    out.add(
        new OpInfo(
            "unique",
            ALL,
            OrderSamples::uniques,
            in ->
                List.of(
                    ErrorSample.composedAll(
                        x -> parts(x[0].unique(0)),
                        ShapeException.class,
                        "slices along dimension 0 of shape [2, 0] are empty",
                        in.any(2, 0)))));
    return out;
  }

  /** Outputs that PyTorch defines: places of equal elements may differ. */
  private static Sample sample(SampleInputs in, Op op, String peer, Tensor x) {
    return in.dtype().isFloatingPoint() && in.dtype().bytes() >= 4
        ? Sample.of(op, x).peer(peer)
        : Sample.composed(t -> Tensor.applyAll(op, t[0].detach())[0], x)
            .peer(peer.replace("x0", "x0.detach()") + "[0]");
  }

  /** Rows with equal elements; of real numbers also with infinities and NaN of either sign. */
  private static List<Tensor> ties(SampleInputs in) {
    Tensor few = in.any(4, 7).gt(0).to(in.dtype());
    return in.dtype().isFloatingPoint()
        ? List.of(few, in.edgeRows(), in.edgeRows().neg(), in.edgeRows().neg().reshape(1, 24))
        : List.of(few);
  }

  private static List<Sample> sorts(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (Order order : Order.values()) {
      String rest = ", descending=" + (order == Order.DESCENDING ? "True)" : "False)");
      for (Tensor x :
          List.of(in.any(3, 7), in.transposed(4, 5), in.any(2, 60), in.any(), in.any(3, 0))) {
        for (int dim = 0; dim < Math.max(1, x.rank()); dim++) {
          out.add(
              Sample.of(new SortOp(dim, order), x)
                  .peer("torch.sort(x0, stable=True, dim=" + dim + rest));
        }
      }
      for (Tensor x : ties(in)) {
        out.add(
            Sample.of(new SortOp(1, order), x)
                .peer("torch.sort(x0, stable=True, dim=1" + rest)
                .valuesOnly());
      }
      out.add(
          Sample.composed(x -> x[0].argsort(0, order), in.any(5, 2))
              .peer("torch.argsort(x0, stable=True, dim=0" + rest));
    }
    out.add(Sample.composed(x -> x[0].msort(), in.any(5, 2)).peer("torch.msort(x0)"));
    return out;
  }

  private static List<Sample> firsts(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (Order order : Order.values()) {
      String largest = ", largest=" + (order == Order.DESCENDING ? "True)" : "False)");
      long[][] cases = {{2, 1}, {4, 0}, {0, 0}, {9, 1}, {1, 1}, {60, 1}};
      for (long[] c : cases) {
        int dim = (int) c[1];
        Tensor x = dim == 0 ? in.any(5, 3) : in.any(2, c[0] > 40 ? 200 : 10);
        out.add(
            sample(
                in,
                new TopKOp(c[0], dim, order),
                "torch.topk(x0, " + c[0] + ", dim=" + dim + largest,
                x));
      }
      out.add(sample(in, new TopKOp(1, 0, order), "torch.topk(x0, 1, dim=0" + largest, in.any()));
      // Of equal elements PyTorch may take any.
      for (Tensor x : ties(in)) {
        TopKOp op = new TopKOp(3, 1, order);
        out.add(
            Sample.composed(t -> Tensor.applyAll(op, t[0].detach())[0], x)
                .peer("torch.topk(x0.detach(), 3, dim=1" + largest + "[0]"));
      }
    }
    return out;
  }

  private static List<Sample> ranks(SelectRankOp.Kind kind, SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    String name = "torch." + kind.name().toLowerCase(Locale.ROOT) + "(x0, ";
    for (Dim.Keep keep : Dim.Keep.values()) {
      String rest = ", keepdim=" + (keep == Dim.Keep.KEEP ? "True)" : "False)");
      for (Tensor x : List.of(in.any(3, 4), in.transposed(4, 5), in.any(2, 61), in.any())) {
        for (int dim = 0; dim < Math.max(1, x.rank()); dim++) {
          boolean given = kind == SelectRankOp.Kind.KTHVALUE;
          long k = given ? x.rank() == 0 ? 1 : 2 : 0;
          out.add(
              sample(
                  in,
                  new SelectRankOp(kind, k, dim, keep),
                  name + (given ? k + ", " : "") + "dim=" + dim + rest,
                  x));
        }
      }
    }
    // Equal elements and NaN, whose places PyTorch does not define.
    for (Tensor x : ties(in)) {
      long k = kind == SelectRankOp.Kind.KTHVALUE ? x.dim(1) : 0;
      SelectRankOp op = new SelectRankOp(kind, k, 1, Dim.Keep.KEEP);
      String call = k == 0 ? "dim=1" : k + ", dim=1";
      Sample s =
          x.dtype().isFloatingPoint()
              ? Sample.of(op, x)
              : Sample.composed(t -> Tensor.applyAll(op, t[0].detach())[0], x);
      out.add(s.peer(name.replace("x0", "x0.detach()") + call + ", keepdim=True)[0]").valuesOnly());
    }
    return out;
  }

  private static List<Sample> quantiles(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (Interpolation how : Interpolation.values()) {
      String rest = ", interpolation='" + how.name().toLowerCase(Locale.ROOT) + "')";
      for (Dim.Keep keep : Dim.Keep.values()) {
        String kept = ", keepdim=" + (keep == Dim.Keep.KEEP ? "True" : "False") + rest;
        Tensor q = Tensor.of(0.125, 0.5625, 1.0).to(in.device());
        out.add(
            Sample.composed(
                    x -> x[0].quantile(q.to(x[0].dtype()), Dim.of(0), keep, how), in.any(5, 3))
                .peer(
                    "torch.quantile(x0, torch.tensor([0.125, 0.5625, 1.0], dtype=x0.dtype), dim=0"
                        + kept));
        out.add(
            Sample.composed(x -> x[0].nanquantile(0.3, Dim.of(1), keep, how), in.any(2, 4))
                .peer("torch.nanquantile(x0, 0.3, dim=1" + kept));
      }
    }
    out.add(Sample.composed(x -> x[0].quantile(0.4), in.any(3, 4)).peer("torch.quantile(x0, 0.4)"));
    return out;
  }

  private static List<Sample> buckets(SampleInputs in) {
    List<Sample> out = new ArrayList<>();
    for (Side side : Side.values()) {
      out.add(
          Sample.composed(
                  x -> x[0].bucketize(x[1], side),
                  in.any(3, 4),
                  in.any(6).sort(0, Order.ASCENDING).values())
              .peer("torch.bucketize(x0, x1, right=" + (side == Side.RIGHT ? "True)" : "False)")));
    }
    return out;
  }

  private static Tensor[] parts(Unique u) {
    return new Tensor[] {u.values(), u.inverse(), u.counts()};
  }

  private static List<Sample> uniques(SampleInputs in) {
    String rest = "return_inverse=True, return_counts=True)";
    Tensor few = in.any(3, 8).to(DType.INT32).to(in.dtype());
    Tensor rows = in.any(7, 2).gt(0).to(in.dtype());
    return List.of(
        Sample.composedAll(x -> parts(x[0].unique()), few)
            .peer("torch._unique2(x0.detach(), sorted=True, " + rest),
        Sample.composedAll(x -> parts(x[0].uniqueConsecutive()), few)
            .peer("torch.unique_consecutive(x0.detach(), " + rest),
        Sample.composedAll(x -> parts(x[0].unique(0)), rows)
            .peer("torch.unique_dim(x0.detach(), 0, sorted=True, " + rest),
        Sample.composedAll(x -> parts(x[0].uniqueConsecutive(1)), rows)
            .peer("torch.unique_consecutive(x0.detach(), dim=1, " + rest),
        Sample.composedAll(x -> parts(x[0].unique()), in.any(0))
            .peer("torch._unique2(x0.detach(), sorted=True, " + rest));
  }
}
