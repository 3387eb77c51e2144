package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;

import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** {@code out[i, j, k] = x[index[i, j, k], j, k]} for dimension 0, and so on. */
public record GatherOp(int dim) implements Op {
  private record Key(DType dtype, DType index) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "GATHER";
  }

  /** The part of {@code x} that an index of a smaller shape can reach. */
  static Tensor reach(String op, Tensor x, Tensor index, int dim) {
    Indexing.requireIndex(op, index);
    Indexing.requireRank(op, index, x.rank());
    Elementwise.sameDevice(op, x, index);
    Tensor out = x;
    for (int i = 0; i < x.rank(); i++) {
      if (i == dim) {
        continue;
      }
      if (index.dim(i) > x.dim(i)) {
        throw new ShapeException(
            op
                + ": the index of shape "
                + index.shape()
                + " is larger than the tensor of shape "
                + x.shape()
                + " in dimension "
                + i);
      }
      if (index.dim(i) < x.dim(i)) {
        out = out.narrow(i, 0, index.dim(i));
      }
    }
    return out;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    reach("gather", in[0].detach(), in[1], in[0].shape().wrap(dim));
    return List.of(new Spec(in[1].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    int d = in[0].shape().wrap(dim);
    Tensor x = reach("gather", in[0].detach(), in[1], d).contiguous();
    if (out.elements() > 0) {
      long inner = Indexing.inner(out, d);
      KERNELS
          .computeIfAbsent(new Key(x.dtype(), in[1].dtype()), GatherOp::build)
          .launch(
              "gather",
              out.elements() / inner,
              inner,
              new Tensor[] {x, in[1].contiguous(), out},
              new long[] {x.dim(d), out.dim(d), inner},
              "dimension " + d + " has size " + x.dim(d));
    }
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("gather");
    int x = k.reads(key.dtype);
    int index = k.reads(key.index);
    int out = k.writes(key.dtype);
    Expr n = k.param(Type.I64);
    Expr picks = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr from = k.let("from", mul(mul(div(k.row, picks), n), inner));
    Expr base = k.base(inner);
    k.map(
        out,
        base,
        inner,
        i -> {
          Expr at = Indexing.checked(k, index, add(base, i), n);
          return k.at(x, add(from, add(mul(at, inner), i)), k.type(x));
        });
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor zeros = Tensor.zeros(saved.inputShape(0), grads[0].dtype(), grads[0].device());
    return new Tensor[] {zeros.scatterAdd(dim, saved.input(1), grads[0]), null};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in[0].rank() == (batched[0] ? 1 : 0)) {
      return Batching.loop(this, size, batched, in);
    }
    return Tensor.applyAll(
        new GatherOp(Batching.behind(dim)), Batching.batched(size, batched, in));
  }

  static OpInfo info() {
    return new OpInfo(
        "gather",
        ALL,
        in ->
            List.of(
                Sample.of(new GatherOp(0), in.any(4, 3), in.indices(4, 2, 3)),
                Sample.of(new GatherOp(1), in.any(4, 3), in.indices(3, 2, 5))),
        in ->
            List.of(
                ErrorSample.of(
                    new GatherOp(0),
                    ShapeException.class,
                    "must have 2 dimensions",
                    in.any(4, 3),
                    in.indices(2, 3)),
                ErrorSample.of(
                    new GatherOp(0),
                    DataException.class,
                    "index -1 is out of range",
                    in.any(4, 3),
                    in.index(-1, 1, 1))));
  }
}
