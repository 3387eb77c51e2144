package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A copy of a tensor with slices added at the indices [k] along a dimension, in index order. */
public record IndexAddOp(int dim) implements Op {
  private record Key(DType dtype, DType index) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "INDEX_ADD";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    Tensor source = in[2];
    Indexing.requireIndex("indexAdd", in[1]);
    Indexing.requireRank("indexAdd", in[1], 1);
    long[] dims = x.shape().toArray();
    dims[x.shape().wrap(dim)] = in[1].dim(0);
    if (!java.util.Arrays.equals(dims, source.shape().toArray()) || source.dtype() != x.dtype()) {
      throw new ShapeException(
          "indexAdd: the source must be "
              + x.dtype()
              + " "
              + java.util.Arrays.toString(dims)
              + ", got "
              + source.dtype()
              + " "
              + source.shape());
    }
    Elementwise.sameDevice("indexAdd", x, source);
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = in[0].detach().copy();
    int d = out.shape().wrap(dim);
    if (in[2].elements() > 0) {
      KERNELS
          .computeIfAbsent(new Key(out.dtype(), in[1].dtype()), IndexAddOp::build)
          .launch(
              "indexAdd",
              Indexing.outer(out, d),
              in[2].elements() / Math.max(1, Indexing.outer(out, d)),
              new Tensor[] {in[1].contiguous(), in[2].contiguous(), out},
              new long[] {out.dim(d), in[1].dim(0), Indexing.inner(out, d)},
              "dimension " + d + " has size " + out.dim(d));
    }
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("index_add");
    int index = k.reads(key.index);
    int source = k.reads(key.dtype);
    int out = k.updates(key.dtype);
    Expr n = k.param(Type.I64);
    Expr picks = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr.Var p = k.fresh("p", Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var to = k.fresh("to", Type.I64);
    Expr.Var from = k.fresh("from", Type.I64);
    Type t = k.type(out);
    Expr sum = add(k.at(out, add(to, i), t), k.at(source, add(from, i), t));
    Expr at = Indexing.checked(k, index, p, n);
    k.add(
        new Stmt.Serial(
            p,
            picks,
            List.of(),
            List.of(
                new Stmt.Let(to, mul(add(mul(k.row, n), at), inner)),
                new Stmt.Let(from, mul(add(mul(k.row, picks), p), inner)),
                new Stmt.Vector(i, inner, List.of(k.store(out, add(to, i), sum))))));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {grads[0], null, grads[0].indexSelect(dim, saved.input(1))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor source = Batching.batched(size, batched[2], in[2]);
    int d = x.shape().wrap(Batching.behind(dim));
    return batched[1]
        ? Tensor.applyAll(
            new ScatterAddOp(d), x, Batching.spread(in[1], d, source.shape()), source)
        : Tensor.applyAll(new IndexAddOp(d), x, in[1], source);
  }

  static OpInfo info() {
    return new OpInfo(
        "index_add",
        NUMBERS,
        in -> List.of(Sample.of(new IndexAddOp(0), in.any(4, 3), in.indices(4, 6), in.any(6, 3))),
        in ->
            List.of(
                ErrorSample.of(
                    new IndexAddOp(0),
                    DataException.class,
                    "index -1 is out of range",
                    in.any(4, 3),
                    in.index(-1, 1),
                    in.any(1, 3))));
  }
}
