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
 * Resampling of [n, channels, places...] along a dimension from {@code in} to {@code out} elements,
 * each a weighted sum of neighbours; or, in the other direction, the gradient of that. The result
 * has the memory order of the input.
 *
 * @param step elements of the input from one of the result to the next
 */
public record ResampleOp(
    int dim,
    long in,
    long out,
    Filter filter,
    Alignment alignment,
    double step,
    Direction direction)
    implements Op {

  /** How neighbours are weighted. */
  public enum Filter {
    NEAREST,
    NEAREST_EXACT,
    LINEAR,
    CUBIC,
    /** Those with ANTIALIAS widen to take in all of the input when there are fewer results. */
    LINEAR_ANTIALIAS,
    CUBIC_ANTIALIAS,
    LANCZOS_ANTIALIAS
  }

  /** What of the input's ends lies upon the result's. */
  public enum Alignment {
    /** The outer edges of elements. */
    EDGES,
    /** The centres of the outer elements. */
    CORNERS
  }

  /** Which way. */
  public enum Direction {
    FORWARD,
    /** The gradient. */
    BACKWARD
  }

  private record Key(DType dtype, boolean inner) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "RESAMPLE";
  }

  @Override
  public List<Spec> infer(Tensor... inputs) {
    Tensor x = inputs[0];
    RowOps.requireFloat("resample", x);
    Pooling.requireChannels("resample", x);
    long from = direction == Direction.FORWARD ? in : out;
    if (in < 1 || out < 1 || dim < 2 || dim >= x.rank() || x.dim(dim) != from) {
      throw new ShapeException(
          "resample: cannot go from "
              + in
              + " to "
              + out
              + " elements along dimension "
              + dim
              + " of an input of shape "
              + x.shape()
              + ": both must be positive");
    }
    long[] dims = x.shape().toArray().clone();
    dims[dim] = direction == Direction.FORWARD ? out : in;
    return List.of(new Spec(Shape.of(dims), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
    Tensor input = inputs[0].detach();
    boolean last = ChannelView.isLast(input);
    Tensor y = ChannelView.allocate(name(), outputs.get(0), last);
    if (y.elements() == 0) {
      return new Tensor[] {y};
    }
    Taps taps = Taps.of(this);
    long inner = last ? y.dim(1) : 1;
    for (int d = dim + 1; d < y.rank(); d++) {
      inner *= y.dim(d);
    }
    long from = input.dim(dim);
    long to = y.dim(dim);
    Tensor[] buffers = {
      ChannelView.dense(input, last),
      Tensor.of(taps.index()).to(y.device()),
      Tensor.of(taps.weight()).to(y.dtype().accumulator()).to(y.device()),
      y
    };
    long width = inner == 1 ? to : inner;
    KERNELS
        .computeIfAbsent(new Key(y.dtype(), inner > 1), ResampleOp::build)
        .launch(
            "resample",
            y.elements() / width,
            width * taps.count(),
            buffers,
            new long[] {from, to, inner, taps.count()},
            null);
    return new Tensor[] {y};
  }

  private static Executable build(Key key) {
    Type t = key.dtype.type().value();
    RowKernel k = new RowKernel("resample");
    int x = k.reads(key.dtype);
    int index = k.reads(DType.INT64);
    int weight = k.reads(key.dtype.accumulator());
    int y = k.writes(key.dtype);
    Expr from = k.param(Type.I64);
    Expr to = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr taps = k.param(Type.I64);
    Expr.Var v = k.fresh("v", Type.I64);
    Expr width = key.inner ? inner : to;
    Expr line = key.inner ? k.let("line", div(k.row, to)) : k.row;
    Expr place = key.inner ? k.let("place", rem(k.row, to)) : v;
    Expr base = k.let("base", mul(line, key.inner ? mul(from, inner) : from));
    Expr target = k.let("target", mul(k.row, width));
    List<Stmt> body =
        k.block(
            () -> {
              Expr.Var i = k.fresh("i", Type.I64);
              Expr.Var sum = k.fresh("sum", t);
              Expr[] next = new Expr[1];
              List<Stmt> step =
                  k.block(
                      () -> {
                        Expr entry = add(mul(i, to), place);
                        Expr at = k.let("at", k.at(index, entry, Type.I64));
                        Expr w = k.let("weight", k.at(weight, entry, t));
                        Expr near = max(int64(0), at);
                        Expr element = key.inner ? add(mul(near, inner), v) : near;
                        Expr value = k.at(x, add(base, element), t);
                        next[0] = select(lt(at, int64(0)), sum, fma(w, value, sum));
                      });
              k.add(
                  new Stmt.Serial(
                      i, taps, List.of(new Stmt.Carried(sum, constant(t, 0), next[0])), step));
              k.add(k.store(y, add(target, v), sum));
            });
    k.add(new Stmt.Vector(v, width, body));
    return k.build();
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Direction back = direction == Direction.FORWARD ? Direction.BACKWARD : Direction.FORWARD;
    Op op = new ResampleOp(dim, in, out, filter, alignment, step, back);
    return new Tensor[] {Tensor.apply(op, grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return Pooling.batch(this, inputs[0]);
  }

  static OpInfo info() {
    ResampleOp back =
        new ResampleOp(2, 4, 7, Filter.LINEAR, Alignment.CORNERS, 0.5, Direction.BACKWARD);
    return new OpInfo(
        "resample",
        FLOATS,
        in -> {
          List<Sample> out =
              new ArrayList<>(
                  List.of(
                      sample(2, 5, 9, Filter.LINEAR, in.any(2, 3, 5, 4)),
                      sample(3, 5, 9, Filter.CUBIC, in.any(2, 3, 4, 5)),
                      sample(3, 9, 4, Filter.LINEAR_ANTIALIAS, in.channelsLast(2, 3, 4, 9)),
                      sample(2, 4, 40, Filter.NEAREST, in.any(2, 3, 4)),
                      Sample.of(back, in.any(2, 3, 7))));
          out.replaceAll(s -> s.withoutPeer("a step of interpolation"));
          out.addAll(
              List.of(
                  whole(2, Filter.LINEAR, in.any(2, 3, 5, 4))
                      .peer("torch.upsample_bilinear2d(x0, [9, x0.size(3)], False)"),
                  whole(3, Filter.CUBIC, in.any(2, 3, 4, 5))
                      .peer("torch.upsample_bicubic2d(x0, [x0.size(2), 9], False)"),
                  whole(3, Filter.LINEAR_ANTIALIAS, in.channelsLast(2, 3, 4, 19))
                      .peer("torch._upsample_bilinear2d_aa(x0, [x0.size(2), 9], False)"),
                  // What has no weight is not read: an infinity beside it stays alone.
                  whole(3, Filter.LINEAR_ANTIALIAS, startingInfinite(in.exactly(1, 1, 2, 19)))
                      .peer("torch._upsample_bilinear2d_aa(x0, [x0.size(2), 9], False)")
                      .valuesOnly(),
                  whole(2, Filter.NEAREST, in.any(2, 3, 4))
                      .peer("torch.upsample_nearest1d(x0, [9])")));
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    back,
                    ShapeException.class,
                    "resample: needs elements in every dimension but the batch's",
                    in.any(2, 0, 7)),
                ErrorSample.of(
                    back,
                    ShapeException.class,
                    "resample: cannot go from 4 to 7 elements along dimension 2",
                    in.any(2, 3, 4))));
  }

  private static Tensor startingInfinite(Tensor x) {
    Tensor place = Tensor.arange(0, x.dim(-1), 1, DType.INT64, x.device());
    return x.maskedFill(place.eq(0), Double.POSITIVE_INFINITY);
  }

  /** All of a dimension to 9 elements. */
  private static Sample whole(int dim, Filter filter, Tensor x) {
    return sample(dim, x.dim(dim), 9, filter, x);
  }

  private static Sample sample(int dim, long in, long out, Filter filter, Tensor x) {
    double step = (double) in / out;
    return Sample.of(
        new ResampleOp(dim, in, out, filter, Alignment.EDGES, step, Direction.FORWARD), x);
  }
}
