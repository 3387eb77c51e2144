package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.Sample.Difference.Aspect.GRADIENT;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code out = x; out[index[i, j], j] = source[i, j]} for dimension 0, and so on; inputs are the
 * tensor, the index and the source, at least of the index's shape or one number. Values for one
 * element are written in index order, so that the result does not depend on threads.
 */
public record ScatterOp(int dim, Combine combine) implements WritingOp {
  private record Key(DType dtype, DType index, Combine combine, boolean single, boolean columns) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  public ScatterOp {
    ScatterRules.requireKernel(combine);
  }

  @Override
  public String name() {
    return switch (combine) {
      case REPLACE -> "SCATTER";
      case SUM -> "SCATTER_ADD";
      default -> "SCATTER_REDUCE";
    };
  }

  private String label() {
    return switch (combine) {
      case REPLACE -> "scatter";
      case SUM -> "scatterAdd";
      default -> "scatterReduce";
    };
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    GatherOp.reach(label(), x.detach(), in[1], GatherOp.wrap(x, dim));
    Indexing.requireSameDType(label(), x, in[2]);
    ScatterRules.requireDefined(label(), combine, x.dtype());
    boolean fits = in[2].rank() == 0 || in[2].rank() == in[1].rank();
    for (int d = 0; fits && d < in[2].rank(); d++) {
      fits = in[1].dim(d) <= in[2].dim(d);
    }
    if (!fits) {
      throw new ShapeException(
          label()
              + ": the source of shape "
              + in[2].shape()
              + " must be as large as the index of shape "
              + in[1].shape()
              + " in every dimension");
    }
    Elementwise.sameDevice(label(), x, in[2]);
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public void write(Tensor target, Tensor... in) {
    if (in[1].elements() == 0) {
      return;
    }
    int d = GatherOp.wrap(target, dim);
    if (target.dtype().isComplex()) {
      Tensor index = Indexing.atLeast1d(in[1].detach());
      Tensor source = ScatterRules.part(in[2].detach(), in[1].shape());
      Tensor spread = source.withLayout(source.layout().expand(index.shape()));
      Tensor out = Pairs.of(Indexing.atLeast1d(target.detach()));
      new ScatterOp(d, combine).write(out, out, Pairs.index(index), Pairs.of(spread));
      return;
    }
    Tensor view = GatherOp.reach(label(), target.detach(), in[1], d);
    Tensor dense = view.contiguous();
    Tensor index = Indexing.atLeast1d(in[1].detach()).contiguous();
    ScatterRules.Values values =
        ScatterRules.Values.of(
            ScatterRules.part(in[2].detach(), in[1].shape()), in[1].shape(), target);
    long inner = Indexing.inner(index, d);
    long chunks = (inner + ScatterRules.CHUNK - 1) / ScatterRules.CHUNK;
    Key key = new Key(view.dtype(), index.dtype(), combine, values.single(), inner > 1);
    KERNELS
        .computeIfAbsent(key, ScatterOp::build)
        .launch(
            label(),
            Indexing.outer(index, d) * chunks,
            index.dim(d) * Math.min(inner, ScatterRules.CHUNK),
            new Tensor[] {index, values.tensor(), dense},
            new long[] {dense.dim(d), index.dim(d), inner, chunks},
            GatherOp.error(index, d, dense.dim(d)));
    if (dense != view) {
      Pointwise.SECOND.evalInto(view, view, dense);
    }
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("scatter");
    int index = k.reads(key.index);
    int values = k.reads(key.dtype);
    int out = k.updates(key.dtype);
    Expr n = k.param(Type.I64);
    Expr picks = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr chunks = k.param(Type.I64);
    Type t = k.type(out);
    Expr outer = k.let("outer", key.columns ? div(k.row, chunks) : k.row);
    Expr low =
        k.let("low", key.columns ? mul(rem(k.row, chunks), int64(ScatterRules.CHUNK)) : int64(0));
    Expr base = k.let("base", add(mul(outer, mul(n, inner)), low));
    Expr.Var p = k.fresh("p", Type.I64);
    Expr.Var from = k.fresh("from", Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr source = key.columns ? add(from, i) : from;
    Expr at = Indexing.checked(k, index, source, n, Bounds.STRICT);
    Expr place = key.columns ? add(base, add(mul(at, inner), i)) : add(base, at);
    Expr value = key.single ? k.let("value", k.at(values, int64(0), t)) : k.at(values, source, t);
    Stmt store =
        k.store(out, place, ScatterRules.combined(key.combine, k.at(out, place, t), value));
    Expr extent = min(int64(ScatterRules.CHUNK), sub(inner, low));
    k.add(
        new Stmt.Serial(
            p,
            picks,
            List.of(),
            List.of(
                new Stmt.Let(from, add(mul(add(mul(outer, picks), p), inner), low)),
                key.columns ? new Stmt.Vector(i, extent, List.of(store)) : store)));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1 || ScatterRules.savesOperands(combine);
  }

  @Override
  public boolean savesOutput(int i) {
    return ScatterRules.savesOutput(combine);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor index = saved.input(1);
    Tensor[] two =
        ScatterRules.vjp(
            combine,
            saved,
            grads[0],
            2,
            index.shape(),
            new ScatterRules.Places() {
              @Override
              public Tensor put(Combine how, Tensor base, Tensor values) {
                return Tensor.apply(new ScatterOp(dim, how), base, index, values);
              }

              @Override
              public Tensor take(Tensor from) {
                return from.gather(dim, index);
              }
            });
    Tensor source = two[1];
    for (int d = 0; source != null && d < saved.inputShape(2).rank(); d++) {
      long unread = saved.inputShape(2).dim(d) - source.dim(d);
      source = unread == 0 ? source : source.pad(d, 0, unread, 0);
    }
    return new Tensor[] {two[0], null, source};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in[0].rank() == (batched[0] ? 1 : 0)) {
      return Batching.loop(this, size, batched, in);
    }
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor index = Batching.batched(size, batched[1], in[1]);
    Tensor source = in[2];
    if (batched[2] || source.rank() > 0) {
      source = Batching.batched(size, batched[2], source);
      if (source.rank() == 1 && index.rank() > 1) {
        while (source.rank() < index.rank()) {
          source = source.unsqueeze(1);
        }
        source = source.expand(index.shape());
      }
    }
    return Tensor.applyAll(new ScatterOp(Batching.behind(dim), combine), x, index, source);
  }

  private static ScatterOp at(int dim, Combine combine) {
    return new ScatterOp(dim, combine);
  }

  private static Sample largerSource(SampleInputs in) {
    Sample sample =
        Sample.of(at(1, Combine.REPLACE), in.any(3, 4), in.places(3, 1).expand(2, 2), in.any(3, 4))
            .peer("torch.scatter(x0, 1, x1, x2)");
    return in.dtype().isFloatingPoint() || in.dtype().isComplex()
        ? sample.differs(GRADIENT, "PyTorch's fails for a source larger than the index")
        : sample;
  }

  /** Writes to different elements, as only then gradients are what differences say. */
  private static Sample distinct(int dim, Tensor x, Tensor source) {
    long[] sizes = new long[source.rank()];
    Arrays.fill(sizes, 1);
    sizes[dim] = source.dim(dim);
    Tensor index = Tensor.arange(0, source.dim(dim), 1, DType.INT64, x.device()).reshape(sizes);
    return Sample.of(at(dim, Combine.REPLACE), x, index.expand(source.shape()), source);
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "scatter",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    distinct(1, in.any(3, 4), in.any(2, 2)).peer("torch.scatter(x0, 1, x1, x2)"),
                    distinct(0, in.transposed(4, 3), in.any(2, 3))
                        .peer("torch.scatter(x0, 0, x1, x2)"),
                    Sample.of(
                            at(1, Combine.REPLACE),
                            in.any(3, 4),
                            in.places(3, 1, 0).expand(2, 3),
                            in.any())
                        .withoutPeer("the value is a number there"),
                    largerSource(in),
                    Sample.of(at(0, Combine.REPLACE), in.any(), in.index(0), in.any())
                        .peer("torch.scatter(x0, 0, x1, x2)")),
            in ->
                List.of(
                    ErrorSample.of(
                        at(0, Combine.REPLACE),
                        DTypeException.class,
                        "the source must be ",
                        in.any(4, 3),
                        in.index(0, 1, 1),
                        in.dtype() == DType.BOOL ? in.index(1, 1, 1) : in.mask(1, 1)),
                    ErrorSample.of(
                        at(0, Combine.PROD),
                        DTypeException.class,
                        "is not defined for complex64: use REPLACE or SUM",
                        in.any(4, 3).to(DType.COMPLEX64),
                        in.index(0, 1, 1),
                        in.any(1, 1).to(DType.COMPLEX64)),
                    ErrorSample.of(
                        at(0, Combine.REPLACE),
                        ShapeException.class,
                        "must be as large as the index",
                        in.any(4, 3),
                        in.index(0, 2, 3),
                        in.any(2, 2)),
                    ErrorSample.of(
                        at(0, Combine.REPLACE),
                        DataException.class,
                        "index 4 is out of range for dimension 0 of size 4",
                        in.any(4, 3),
                        in.index(4, 1, 1),
                        in.any(1, 1)),
                    ErrorSample.of(
                        at(0, Combine.REPLACE),
                        DTypeException.class,
                        "must be int64 or int32",
                        in.any(4, 3),
                        in.mask(1, 1),
                        in.any(1, 1)))),
        new OpInfo(
            "scatter_add",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.of(at(0, Combine.SUM), in.any(4, 3), in.indices(4, 6, 3), in.any(6, 3))
                        .peer("torch.scatter_add(x0, 0, x1, x2)"),
                    Sample.of(at(1, Combine.SUM), in.any(4, 3), in.indices(3, 2, 5), in.any(2, 5))
                        .peer("torch.scatter_add(x0, 1, x1, x2)"),
                    Sample.of(
                            at(1, Combine.SUM),
                            in.any(2, 3, 3),
                            in.indices(3, 2, 4, 3),
                            in.any(2, 4, 3))
                        .peer("torch.scatter_add(x0, 1, x1, x2)")),
            in ->
                List.of(
                    ErrorSample.of(
                        at(0, Combine.SUM),
                        DataException.class,
                        "index 4 is out of range",
                        in.any(4, 3),
                        in.index(4, 1, 1),
                        in.any(1, 1)))),
        OpInfo.of(
            "scatter_reduce",
            ALL,
            in ->
                List.of(
                    Sample.of(at(0, Combine.PROD), in.any(4, 2), in.indices(4, 5, 2), in.any(5, 2))
                        .peer("torch.scatter_reduce(x0, 0, x1, x2, 'prod')"),
                    Sample.of(
                            at(0, Combine.PROD),
                            in.withZeros(in.exactly(4), 1, 3),
                            in.places(0, 0, 0, 1, 1, 2, 3),
                            in.withZeros(in.exactly(7), 2, 3, 5))
                        .peer("torch.scatter_reduce(x0, 0, x1, x2, 'prod')"),
                    Sample.of(at(1, Combine.AMAX), in.any(2, 3), in.indices(3, 2, 5), in.any(2, 5))
                        .peer("torch.scatter_reduce(x0, 1, x1, x2, 'amax')"),
                    Sample.of(at(0, Combine.AMIN), in.any(4), in.indices(4, 9), in.any(9))
                        .peer("torch.scatter_reduce(x0, 0, x1, x2, 'amin')"),
                    // No zero among the factors, one of either kind, and several; to the first
                    // order, as a second derivative by a zero is not followed.
                    Sample.of(
                            at(0, Combine.PROD),
                            in.exactly(4).indexFill(0, in.places(1), 0),
                            in.places(0, 0, 1, 1, 2, 2, 3, 3),
                            in.exactly(8).indexFill(0, in.places(4, 6, 7), 0))
                        .peer("torch.scatter_reduce(x0, 0, x1, x2, 'prod')")
                        .valuesOnly())));
  }
}
