package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * As {@link MaxPoolOp}, with windows at distances that differ: of a channel's, those that its
 * samples on [0, 1) choose. Inputs are [n, channels, places...] and samples [n, channels,
 * dimensions].
 */
public record FractionalMaxPoolOp(Shape kernel, Shape size) implements Op {
  private record Key(DType dtype, DType samples, int rank) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private String label() {
    return "fractionalMaxPool" + kernel.rank() + "d";
  }

  @Override
  public String name() {
    return "FRACTIONAL_MAX_POOL";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    int rank = kernel.rank();
    Tensor x = in[0];
    Windows cover = new Windows.Adaptive(size);
    Spec values = Pooling.infer(label(), cover, x).get(0);
    for (int d = 0; d < rank; d++) {
      // PyTorch asks for one element more in three dimensions.
      long least = size.dim(d) + kernel.dim(d) - (rank == 3 ? 0 : 1);
      if (kernel.dim(d) < 1 || size.dim(d) < 1 || least > x.dim(d + 2)) {
        throw new ShapeException(
            label()
                + ": "
                + size
                + " windows of "
                + kernel
                + " elements do not fit the input "
                + x.shape());
      }
    }
    RowOps.requireFloat(label(), in[1]);
    Shape samples = in[1].shape();
    if (samples.rank() != 3
        || samples.dim(0) < x.dim(0)
        || samples.dim(1) != x.dim(1)
        || samples.dim(2) != rank) {
      throw new ShapeException(
          label()
              + ": samples must be [n, channels, "
              + rank
              + "] for the input "
              + x.shape()
              + ", got "
              + samples);
    }
    Elementwise.sameDevice(label(), x, in[1]);
    return List.of(values, new Spec(values.shape(), DType.INT64, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    int rank = kernel.rank();
    Tensor x = in[0].detach().contiguous();
    Tensor y = Tensor.allocate(name(), outputs.get(0));
    Tensor indices = Tensor.allocate(name(), outputs.get(1));
    if (y.elements() > 0) {
      long[] params = new long[3 * rank];
      for (int d = 0; d < rank; d++) {
        params[d] = x.dim(d + 2);
        params[rank + d] = size.dim(d);
        params[2 * rank + d] = kernel.dim(d);
      }
      KERNELS
          .computeIfAbsent(new Key(x.dtype(), in[1].dtype(), rank), FractionalMaxPoolOp::build)
          .launch(
              label(),
              y.elements(),
              kernel.elements(),
              new Tensor[] {x, in[1].detach().contiguous(), y, indices},
              params,
              null);
    }
    return new Tensor[] {y, indices};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("fractional_max_pool");
    int rank = key.rank;
    int x = k.reads(key.dtype);
    int samples = k.reads(key.samples);
    int y = k.writes(key.dtype);
    int indices = k.writes(DType.INT64);
    Expr[][] sizes = new Expr[3][rank];
    for (Expr[] group : sizes) {
      for (int d = 0; d < rank; d++) {
        group[d] = k.param(Type.I64);
      }
    }
    Expr[] in = sizes[0];
    Expr[] kernel = sizes[2];
    Expr[] at = new Expr[rank];
    Expr rest = k.row;
    for (int d = rank - 1; d >= 0; d--) {
      at[d] = k.let("at", rem(rest, sizes[1][d]));
      rest = k.let("rest", div(rest, sizes[1][d]));
    }
    Expr[] first = new Expr[rank];
    Expr places = int64(1);
    Expr start = int64(0);
    // As PyTorch counts them, samples are (width, height), but (depth, height, width).
    Type s = k.type(samples);
    for (int d = 0; d < rank; d++) {
      int of = rank == 2 ? 1 - d : d;
      Expr u = k.at(samples, add(mul(rest, int64(rank)), int64(of)), s);
      first[d] = k.let("first", begin(at[d], u, in[d], sizes[1][d], kernel[d], s));
      places = mul(places, in[d]);
      start = add(mul(start, in[d]), first[d]);
    }
    Expr base = k.let("base", mul(rest, places));
    Type t = k.type(x);
    List<Expr> best = List.of(constant(t, Double.NEGATIVE_INFINITY), start);
    best = window(k, x, 0, best, base, int64(0), first, kernel, in);
    k.add(k.store(y, k.row, best.get(0)));
    k.add(k.store(indices, k.row, best.get(1)));
    return k.build();
  }

  /** Where window {@code o} begins. */
  private static Expr begin(Expr o, Expr u, Expr in, Expr out, Expr kernel, Type t) {
    Expr room = sub(in, kernel);
    Expr alpha = div(cast(t, room), cast(t, max(int64(1), sub(out, int64(1)))));
    Expr moved = cast(Type.I64, mul(add(cast(t, o), u), alpha));
    Expr origin = cast(Type.I64, mul(u, alpha));
    return select(eq(o, sub(out, int64(1))), room, sub(moved, origin));
  }

  private static List<Expr> window(
      RowKernel k,
      int x,
      int d,
      List<Expr> best,
      Expr base,
      Expr place,
      Expr[] first,
      Expr[] kernel,
      Expr[] in) {
    if (d == first.length) {
      Expr v = k.let("v", k.at(x, add(base, place), k.type(x)));
      Expr better = or(gt(v, best.get(0)), isNan(v));
      return List.of(select(better, v, best.get(0)), select(better, place, best.get(1)));
    }
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var value = k.fresh("best", best.get(0).type());
    Expr.Var index = k.fresh("index", Type.I64);
    List<Expr> next = new ArrayList<>();
    List<Stmt> body =
        k.block(
            () -> {
              Expr p = k.let("place", add(mul(place, in[d]), add(first[d], i)));
              next.addAll(window(k, x, d + 1, List.of(value, index), base, p, first, kernel, in));
            });
    k.add(
        new Stmt.Serial(
            i,
            kernel[d],
            List.of(
                new Stmt.Carried(value, best.get(0), next.get(0)),
                new Stmt.Carried(index, best.get(1), next.get(1))),
            body));
    return List.of(value, index);
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {Pooling.scattered(grads[0], saved.output(1), saved.inputShape(0)), null};
  }

  /** Two by two windows. */
  private static Sample pooled(SampleInputs in, Tensor x) {
    Tensor samples = Tensor.of(0.25, 0.75).reshape(1, 1, 2).to(in.dtype()).to(in.device());
    return Sample.of(new FractionalMaxPoolOp(Shape.of(2, 2), Shape.of(2, 2)), x, samples)
        .peer("torch.fractional_max_pool2d(x0, [2, 2], [2, 2], x1.detach())");
  }

  static OpInfo info() {
    return new OpInfo(
        "fractional_max_pool",
        FLOATS,
        in ->
            List.of(
                pooled(in, in.exactly(1, 1, 4, 5)),
                pooled(in, in.edgeRows().reshape(1, 1, 6, 4)).valuesOnly(),
                pooled(in, in.exactly(1, 1, 6, 6).sign()).valuesOnly(),
                Sample.of(
                        new FractionalMaxPoolOp(Shape.of(2, 3), Shape.of(3, 4)),
                        in.any(2, 3, 7, 9),
                        in.range(0, 1, 2, 3, 2))
                    .peer("torch.fractional_max_pool2d(x0, [2, 3], [3, 4], x1.detach())"),
                Sample.of(
                        new FractionalMaxPoolOp(Shape.of(2, 2, 1), Shape.of(2, 3, 4)),
                        in.any(2, 3, 5, 6, 7),
                        in.range(0, 1, 2, 3, 3))
                    .peer("torch.fractional_max_pool3d(x0, [2, 2, 1], [2, 3, 4], x1.detach())")),
        in ->
            List.of(
                ErrorSample.of(
                    new FractionalMaxPoolOp(Shape.of(2, 3), Shape.of(3, 8)),
                    ShapeException.class,
                    "fractionalMaxPool2d: [3, 8] windows of [2, 3] elements do not fit",
                    in.any(2, 3, 7, 9),
                    in.range(0, 1, 2, 3, 2)),
                ErrorSample.of(
                    new FractionalMaxPoolOp(Shape.of(2, 3), Shape.of(3, 4)),
                    ShapeException.class,
                    "samples must be [n, channels, 2]",
                    in.any(2, 3, 7, 9),
                    in.range(0, 1, 2, 3, 3))));
  }
}
