package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
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
 * A tensor with values written at index tensors: inputs are the tensor, the values (of the shape
 * that {@link IndexOp} would pick, or a number; or broadcast to it where bounds wrap) and an index
 * for each of {@code dims}. Values for one element are written in index order, so that the result
 * does not depend on threads.
 *
 * @param dims the indexed dimensions, ascending
 */
public record IndexPutOp(Dim dims, Bounds bounds, Combine combine) implements WritingOp {
  private record Key(
      DType dtype,
      Picks.Form picks,
      Combine combine,
      boolean single,
      boolean rows,
      boolean dense) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  public IndexPutOp {
    ScatterRules.requireKernel(combine);
  }

  @Override
  public String name() {
    return label().replaceAll("([A-Z])", "_$1").toUpperCase(java.util.Locale.ROOT);
  }

  private String label() {
    if (bounds == Bounds.WRAP) {
      return "indexPut";
    }
    return switch (combine) {
      case REPLACE -> "indexCopy";
      case SUM -> "indexAdd";
      default -> "indexReduce";
    };
  }

  /** The indexed dimensions, checked against the number of index tensors. */
  static int[] resolve(String op, Dim dims, int indices, Shape shape) {
    if (dims.dims().length != indices || indices == 0) {
      throw new ShapeException(
          op
              + ": "
              + indices
              + " index tensors for the dimensions "
              + dims
              + ": give one for each");
    }
    return dims.resolve(shape, op);
  }

  /** 0, 1, ... n - 1. */
  static int[] leading(int n) {
    int[] out = new int[n];
    Arrays.setAll(out, i -> i);
    return out;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    String op = label();
    int[] over = resolve(op, dims, in.length - 2, x.shape());
    Tensor[] index = Arrays.copyOfRange(in, 2, in.length);
    Shape shape = IndexPlan.result(op, x.shape(), over, Picks.shape(op, index));
    Indexing.requireSameDType(op, x, in[1]);
    ScatterRules.requireDefined(op, combine, x.dtype());
    Elementwise.sameDevice(op, x, in[1]);
    Elementwise.sameDevice(op, x, index[0]);
    boolean exact = bounds == Bounds.STRICT && in[1].rank() > 0;
    if (!(exact ? in[1].shape().equals(shape) : in[1].shape().broadcastsTo(shape))) {
      throw new ShapeException(
          op
              + ": values of shape "
              + in[1].shape()
              + (exact ? " are not of" : " do not broadcast to")
              + " the shape of the indexed part, "
              + shape);
    }
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public void write(Tensor target, Tensor... in) {
    Tensor[] index = Arrays.copyOfRange(in, 2, in.length);
    Shape picked = Picks.shape(label(), index);
    int[] over = dims.resolve(target.shape(), label());
    Shape shape = IndexPlan.result(label(), target.shape(), over, picked);
    if (shape.elements() == 0) {
      return;
    }
    if (target.dtype().isComplex()) {
      Tensor[] pairs = in.clone();
      pairs[0] = Pairs.of(target.detach());
      pairs[1] = Pairs.of(in[1].detach());
      new IndexPutOp(Dim.of(over), bounds, combine).write(pairs[0], pairs);
      return;
    }
    Tensor out = target.detach();
    IndexPlan plan = IndexPlan.of(out.layout(), over);
    if (plan != null) {
      write(plan, out, picked, ScatterRules.Values.of(in[1], shape, target), index);
      return;
    }
    boolean adjacent = IndexPlan.adjacent(over);
    Tensor view = adjacent ? out : IndexPlan.indexedFirst(out, over);
    Tensor dense = view.contiguous();
    plan = IndexPlan.of(dense.layout(), adjacent ? over : leading(over.length));
    write(plan, dense, picked, ScatterRules.Values.of(in[1], shape, target), index);
    Pointwise.SECOND.evalInto(view, view, dense);
  }

  private void write(
      IndexPlan plan, Tensor out, Shape picked, ScatterRules.Values values, Tensor... index) {
    Picks picks = Picks.of(label(), plan, bounds, picked, index);
    boolean rows = plan.inner() > 1;
    boolean dense = rows && plan.innerStride() == 1;
    long chunks = (plan.inner() + ScatterRules.CHUNK - 1) / ScatterRules.CHUNK;
    long count = picks.table().elements();
    KERNELS
        .computeIfAbsent(
            new Key(out.dtype(), picks.form(), combine, values.single(), rows, dense),
            IndexPutOp::build)
        .launch(
            label(),
            plan.outer() * chunks,
            count * Math.min(plan.inner(), ScatterRules.CHUNK),
            new Tensor[] {picks.table(), values.tensor(), out},
            new long[] {
              picks.size(),
              picks.stride(),
              count,
              plan.outerStride(),
              plan.inner(),
              plan.innerStride(),
              chunks
            },
            picks.error());
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("index_put");
    Picks.Reader picks = new Picks.Reader(k, key.picks);
    int values = k.reads(key.dtype);
    int out = k.updates(key.dtype);
    Expr count = k.param(Type.I64);
    Expr outerStride = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr innerStride = k.param(Type.I64);
    Expr chunks = k.param(Type.I64);
    Type t = k.type(out);
    Expr.Var outer = k.let("outer", key.rows ? div(k.row, chunks) : k.row);
    Expr low =
        k.let("low", key.rows ? mul(rem(k.row, chunks), int64(ScatterRules.CHUNK)) : int64(0));
    Expr base = k.let("base", add(mul(outer, outerStride), mul(low, innerStride)));
    Expr.Var p = k.fresh("p", Type.I64);
    Expr.Var to = k.fresh("to", Type.I64);
    Expr.Var from = k.fresh("from", Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr place = key.rows ? add(to, key.dense ? i : mul(i, innerStride)) : to;
    Expr value =
        key.single
            ? k.let("value", k.at(values, int64(0), t))
            : k.at(values, key.rows ? add(from, i) : from, t);
    Stmt store =
        k.store(out, place, ScatterRules.combined(key.combine, k.at(out, place, t), value));
    Expr extent = min(int64(ScatterRules.CHUNK), sub(inner, low));
    k.add(
        new Stmt.Serial(
            p,
            count,
            List.of(),
            List.of(
                new Stmt.Let(to, add(base, picks.offset(p))),
                new Stmt.Let(from, add(mul(add(mul(outer, count), p), inner), low)),
                key.rows ? new Stmt.Vector(i, extent, List.of(store)) : store)));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i > 1 || ScatterRules.savesOperands(combine);
  }

  @Override
  public boolean savesOutput(int i) {
    return ScatterRules.savesOutput(combine);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor[] index = new Tensor[saved.inputs() - 2];
    for (int i = 0; i < index.length; i++) {
      index[i] = saved.input(i + 2);
    }
    Tensor[] two =
        ScatterRules.vjp(
            combine,
            saved,
            grads[0],
            1,
            null,
            new ScatterRules.Places() {
              @Override
              public Tensor put(Combine how, Tensor base, Tensor values) {
                return at(index, how, base, values);
              }

              @Override
              public Tensor take(Tensor from) {
                Tensor[] in = new Tensor[index.length + 1];
                in[0] = from;
                System.arraycopy(index, 0, in, 1, index.length);
                return Tensor.apply(new IndexOp(dims, bounds), in);
              }
            });
    return Arrays.copyOf(two, saved.inputs());
  }

  private Tensor at(Tensor[] index, Combine how, Tensor base, Tensor values) {
    Tensor[] in = new Tensor[index.length + 2];
    in[0] = base;
    in[1] = values;
    System.arraycopy(index, 0, in, 2, index.length);
    return Tensor.apply(new IndexPutOp(dims, bounds, how), in);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return IndexBatching.indexPut(this, size, batched, in);
  }

  private static IndexPutOp strict(int dim, Combine combine) {
    return new IndexPutOp(Dim.of(dim), Bounds.STRICT, combine);
  }

  private static IndexPutOp at(Combine combine, int... dims) {
    return new IndexPutOp(Dim.of(dims), Bounds.WRAP, combine);
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "index_add",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.of(strict(0, Combine.SUM), in.any(4, 3), in.any(6, 3), in.indices(4, 6))
                        .peer("torch.index_add(x0, 0, x2, x1)"),
                    Sample.of(strict(1, Combine.SUM), in.any(2, 4), in.any(2, 7), in.indices(4, 7))
                        .peer("torch.index_add(x0, 1, x2, x1)")),
            in ->
                List.of(
                    ErrorSample.of(
                        strict(0, Combine.SUM),
                        ShapeException.class,
                        "dimension 0 of shape [0, 3] has no elements to index",
                        in.any(0, 3),
                        in.any(1, 3),
                        in.index(0, 1)),
                    ErrorSample.of(
                        strict(0, Combine.SUM),
                        ShapeException.class,
                        "0 index tensors for the dimensions",
                        in.any(4, 3),
                        in.any(4, 3)),
                    ErrorSample.of(
                        strict(0, Combine.SUM),
                        DataException.class,
                        "index -1 is out of range",
                        in.any(4, 3),
                        in.any(1, 3),
                        in.index(-1, 1)),
                    ErrorSample.of(
                        strict(0, Combine.SUM),
                        ShapeException.class,
                        "are not of the shape of the indexed part, [2, 3]",
                        in.any(4, 3),
                        in.any(2, 4),
                        in.index(0, 2)))),
        OpInfo.of(
            "index_copy",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.of(
                            strict(0, Combine.REPLACE), in.any(4, 3), in.any(2, 3), in.places(3, 1))
                        .peer("torch.index_copy(x0, 0, x2, x1)"),
                    Sample.of(
                            strict(-1, Combine.REPLACE),
                            in.transposed(2, 4),
                            in.any(2, 2),
                            in.places(3, 1))
                        .peer("torch.index_copy(x0, -1, x2, x1)"))),
        new OpInfo(
            "index_put",
            DTypes.andComplex(ALL),
            in ->
                List.of(
                    Sample.of(at(Combine.REPLACE, 0), in.any(4, 3), in.any(3), in.places(-1, 2))
                        .peer("torch.index_put(x0, [x2], x1)"),
                    Sample.of(at(Combine.REPLACE, 0), in.any(4, 3), in.any(), in.places(-1, 2))
                        .peer("torch.index_put(x0, [x2], x1)"),
                    Sample.of(at(Combine.SUM, 0), in.any(5), in.any(8), in.indices(5, 8))
                        .peer("torch.index_put(x0, [x2], x1, accumulate=True)"),
                    Sample.of(
                            at(Combine.SUM, 0, 1),
                            in.any(4, 3, 2),
                            in.any(5, 2),
                            in.indices(4, 5),
                            in.indices(3, 5))
                        .peer("torch.index_put(x0, [x2, x3], x1, accumulate=True)"),
                    Sample.of(
                            at(Combine.SUM, 0, 2),
                            in.any(2, 2, 3, 2),
                            in.any(2, 2, 2),
                            in.indices(2, 2),
                            in.indices(3, 2))
                        .peer("torch.index_put(x0, [x2, None, x3], x1, accumulate=True)"),
                    Sample.of(
                            at(Combine.SUM, 1), in.any(2, 4, 3), in.any(2, 5, 3), in.indices(4, 5))
                        .peer("torch.index_put(x0, [None, x2], x1, accumulate=True)"),
                    Sample.of(at(Combine.SUM, 0), in.any(3, 0), in.any(2, 0), in.indices(3, 2))
                        .peer("torch.index_put(x0, [x2], x1, accumulate=True)")),
            in ->
                List.of(
                    ErrorSample.of(
                        at(Combine.REPLACE, 0),
                        DataException.class,
                        "index 4 is out of range for dimension 0 of size 4",
                        in.any(4, 3),
                        in.any(3),
                        in.index(4, 1)),
                    ErrorSample.of(
                        at(Combine.REPLACE, 0),
                        DTypeException.class,
                        "must be int64 or int32",
                        in.any(4, 3),
                        in.any(3),
                        in.mask(2)))),
        new OpInfo(
            "index_reduce",
            NUMBERS,
            in ->
                List.of(
                    Sample.of(strict(0, Combine.PROD), in.any(4, 2), in.any(5, 2), in.indices(4, 5))
                        .peer("torch.index_reduce(x0, 0, x2, x1, 'prod')"),
                    Sample.of(
                            strict(0, Combine.PROD),
                            in.withZeros(in.exactly(4), 1, 3),
                            in.withZeros(in.exactly(7), 2, 3, 5),
                            in.places(0, 0, 0, 1, 1, 2, 3))
                        .peer("torch.index_reduce(x0, 0, x2, x1, 'prod')"),
                    Sample.of(strict(0, Combine.AMAX), in.any(4, 2), in.any(5, 2), in.indices(4, 5))
                        .peer("torch.index_reduce(x0, 0, x2, x1, 'amax')"),
                    Sample.of(strict(1, Combine.AMIN), in.any(2, 4), in.any(2, 5), in.indices(4, 5))
                        .peer("torch.index_reduce(x0, 1, x2, x1, 'amin')"),
                    // No zero among the factors, one of either kind, and several; to the first
                    // order, as a second derivative by a zero is not followed.
                    Sample.of(
                            strict(0, Combine.PROD),
                            in.exactly(4).indexFill(0, in.places(1), 0),
                            in.exactly(8).indexFill(0, in.places(4, 6, 7), 0),
                            in.places(0, 0, 1, 1, 2, 2, 3, 3))
                        .peer("torch.index_reduce(x0, 0, x2, x1, 'prod')")
                        .valuesOnly()),
            in -> List.of()));
  }
}
