package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;

import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The slices of a tensor at the indices [k] along a dimension. */
public record IndexSelectOp(int dim) implements Op {
  private record Key(DType dtype, DType index) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "INDEX_SELECT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    Indexing.requireIndex("indexSelect", in[1]);
    Indexing.requireRank("indexSelect", in[1], 1);
    Elementwise.sameDevice("indexSelect", x, in[1]);
    long[] dims = x.shape().toArray();
    dims[x.shape().wrap(dim)] = in[1].dim(0);
    return List.of(new Spec(Shape.of(dims), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor x = in[0].contiguous();
    int d = x.shape().wrap(dim);
    long inner = Indexing.inner(x, d);
    long picks = in[1].dim(0);
    if (out.elements() > 0) {
      KERNELS
          .computeIfAbsent(new Key(x.dtype(), in[1].dtype()), IndexSelectOp::build)
          .launch(
              "indexSelect",
              Indexing.outer(x, d) * picks,
              inner,
              new Tensor[] {x, in[1].contiguous(), out},
              new long[] {x.dim(d), picks, inner},
              "dimension " + d + " has size " + x.dim(d));
    }
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("index_select");
    int x = k.reads(key.dtype);
    int index = k.reads(key.index);
    int out = k.writes(key.dtype);
    Expr n = k.param(Type.I64);
    Expr picks = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr outer = k.let("outer", div(k.row, picks));
    Expr pick = k.let("pick", rem(k.row, picks));
    Expr at = k.let("at", Indexing.checked(k, index, pick, n));
    Expr from = k.let("from", mul(add(mul(outer, n), at), inner));
    Expr base = k.base(inner);
    k.map(out, base, inner, i -> k.at(x, add(from, i), k.type(x)));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor zeros = Tensor.zeros(saved.inputShape(0), grads[0].dtype(), grads[0].device());
    return new Tensor[] {Tensor.apply(new IndexAddOp(dim), zeros, saved.input(1), grads[0]), null};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (!batched[1]) {
      return Tensor.applyAll(new IndexSelectOp(Batching.behind(dim)), in);
    }
    Tensor x = Batching.batched(size, batched[0], in[0]);
    int d = x.shape().wrap(Batching.behind(dim));
    long[] picked = x.shape().toArray();
    picked[d] = in[1].dim(1);
    return Tensor.applyAll(
        new GatherOp(d), x, Batching.spread(in[1], d, Shape.of(picked)));
  }

  static OpInfo info() {
    return new OpInfo(
        "index_select",
        ALL,
        in ->
            List.of(
                Sample.of(new IndexSelectOp(0), in.any(4, 3), in.indices(4, 6)),
                Sample.of(new IndexSelectOp(1), in.any(2, 4, 3), in.indices(4, 5)),
                Sample.of(new IndexSelectOp(1), in.transposed(3, 4), in.indices(4, 2))),
        in ->
            List.of(
                ErrorSample.of(
                    new IndexSelectOp(0),
                    DataException.class,
                    "index 4 is out of range",
                    in.any(4, 3),
                    in.index(4, 1)),
                ErrorSample.of(
                    new IndexSelectOp(0),
                    DataException.class,
                    "index -1 is out of range",
                    in.any(4, 3),
                    in.index(-1, 1))));
  }
}
