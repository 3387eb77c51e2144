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

/**
 * {@code out = x; out[index[i, j], j] += source[i, j]} for dimension 0, and so on; contributions to
 * one element are added in index order, so that the result does not depend on threads.
 */
public record ScatterAddOp(int dim) implements Op {
  private record Key(DType dtype, DType index) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "SCATTER_ADD";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    Tensor source = in[2];
    GatherOp.reach("scatterAdd", x.detach(), in[1], x.shape().wrap(dim));
    if (!source.shape().equals(in[1].shape()) || source.dtype() != x.dtype()) {
      throw new ShapeException(
          "scatterAdd: the source must be "
              + x.dtype()
              + " of the index's shape "
              + in[1].shape()
              + ", got "
              + source.dtype()
              + " "
              + source.shape());
    }
    Elementwise.sameDevice("scatterAdd", x, source);
    return List.of(new Spec(x.shape(), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = in[0].detach().copy();
    int d = out.shape().wrap(dim);
    Tensor view = GatherOp.reach("scatterAdd", out, in[1], d);
    Tensor dense = view.contiguous();
    if (in[1].elements() > 0) {
      long inner = Indexing.inner(in[1], d);
      KERNELS
          .computeIfAbsent(new Key(out.dtype(), in[1].dtype()), ScatterAddOp::build)
          .launch(
              "scatterAdd",
              Indexing.outer(in[1], d),
              in[1].dim(d) * inner,
              new Tensor[] {in[1].contiguous(), in[2].contiguous(), dense},
              new long[] {dense.dim(d), in[1].dim(d), inner},
              "dimension " + d + " has size " + dense.dim(d));
    }
    if (dense != view) {
      Pointwise.SECOND.evalInto(view, view, dense);
    }
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("scatter_add");
    int index = k.reads(key.index);
    int source = k.reads(key.dtype);
    int out = k.updates(key.dtype);
    Expr n = k.param(Type.I64);
    Expr picks = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr.Var p = k.fresh("p", Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var from = k.fresh("from", Type.I64);
    Expr base = k.let("base", mul(k.row, mul(n, inner)));
    Expr at = Indexing.checked(k, index, add(from, i), n);
    Expr to = add(base, add(mul(at, inner), i));
    Type t = k.type(out);
    k.add(
        new Stmt.Serial(
            p,
            picks,
            List.of(),
            List.of(
                new Stmt.Let(from, mul(add(mul(k.row, picks), p), inner)),
                new Stmt.Vector(
                    i,
                    inner,
                    List.of(
                        k.store(out, to, add(k.at(out, to, t), k.at(source, add(from, i), t))))))));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {grads[0], null, grads[0].gather(dim, saved.input(1))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in[0].rank() == (batched[0] ? 1 : 0)) {
      return Batching.loop(this, size, batched, in);
    }
    return Tensor.applyAll(
        new ScatterAddOp(Batching.behind(dim)), Batching.batched(size, batched, in));
  }

  static OpInfo info() {
    return new OpInfo(
        "scatter_add",
        NUMBERS,
        in ->
            List.of(
                Sample.of(new ScatterAddOp(0), in.any(4, 3), in.indices(4, 6, 3), in.any(6, 3)),
                Sample.of(new ScatterAddOp(1), in.any(4, 3), in.indices(3, 2, 5), in.any(2, 5))),
        in ->
            List.of(
                ErrorSample.of(
                    new ScatterAddOp(0),
                    DataException.class,
                    "index 4 is out of range",
                    in.any(4, 3),
                    in.index(4, 1, 1),
                    in.any(1, 1))));
  }
}
