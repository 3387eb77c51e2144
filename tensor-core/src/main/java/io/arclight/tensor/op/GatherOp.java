package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

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
  private record Key(DType dtype, DType index, Form form, boolean outer, boolean inner) {}

  /** How a kernel walks. */
  private enum Form {
    /** A row is a pick of each of the inner columns. */
    COLUMNS,
    /** A row is all picks of one outer index. */
    PICKS,
    /** A row is an element. */
    ELEMENTS
  }

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** Elements from which a vector loop in a row pays. */
  private static final long ROW = 8;

  @Override
  public String name() {
    return "GATHER";
  }

  static int wrap(Tensor x, int dim) {
    return Indexing.atLeast1d(x.detach()).shape().wrap(dim);
  }

  /** The part of {@code x} that an index of a smaller shape can reach. */
  static Tensor reach(String op, Tensor x, Tensor index, int dim) {
    Indexing.requireIndex(op, index);
    Indexing.requireRank(op, index, x.rank());
    Elementwise.sameDevice(op, x, index);
    Tensor out = Indexing.atLeast1d(x);
    for (int i = 0; i < x.rank(); i++) {
      if (i == dim || index.elements() == 0) {
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
        out = out.withLayout(new ViewOp.Slice(i, 0, index.dim(i), 1).layout(out.layout()));
      }
    }
    return out;
  }

  static Indexing.OutOfRange error(Tensor index, int dim, long size) {
    return new Indexing.OutOfRange(Bounds.STRICT, new int[] {dim}, new long[] {size}, index);
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    reach("gather", in[0].detach(), in[1], wrap(in[0], dim));
    return List.of(new Spec(in[1].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    if (out.elements() == 0) {
      return new Tensor[] {out};
    }
    int d = wrap(in[0], dim);
    if (in[0].dtype().isComplex()) {
      Tensor index = Pairs.index(Indexing.atLeast1d(in[1].detach()));
      Tensor picked = Pairs.eval(new GatherOp(d), Indexing.atLeast1d(in[0].detach()), index)[0];
      return new Tensor[] {picked.withLayout(picked.layout().reshape(in[1].shape()))};
    }
    Tensor x = reach("gather", in[0].detach(), in[1], d).contiguous();
    Tensor index = Indexing.atLeast1d(in[1].detach()).contiguous();
    long inner = Indexing.inner(index, d);
    long outer = Indexing.outer(index, d);
    long picks = index.dim(d);
    Form form =
        inner >= ROW
            ? Form.COLUMNS
            : outer > 1 && picks * inner >= ROW ? Form.PICKS : Form.ELEMENTS;
    long rowWork =
        switch (form) {
          case COLUMNS -> inner;
          case PICKS -> picks * inner;
          case ELEMENTS -> 1;
        };
    KERNELS
        .computeIfAbsent(
            new Key(x.dtype(), index.dtype(), form, outer > 1, inner > 1), GatherOp::build)
        .launch(
            "gather",
            out.elements() / rowWork,
            rowWork,
            new Tensor[] {x, index, out},
            new long[] {x.dim(d), picks, inner},
            error(index, d, x.dim(d)));
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
    Type t = k.type(x);
    Expr width = key.inner ? mul(picks, inner) : picks;
    Expr slab = key.inner ? mul(n, inner) : n;
    switch (key.form) {
      case COLUMNS -> {
        Expr from = k.let("from", mul(div(k.row, picks), slab));
        Expr base = k.base(inner);
        k.map(
            out,
            base,
            inner,
            i -> {
              Expr at = Indexing.checked(k, index, add(base, i), n, Bounds.STRICT);
              return k.at(x, add(from, add(mul(at, inner), i)), t);
            });
      }
      case PICKS -> {
        Expr from = k.let("from", mul(k.row, slab));
        Expr base = k.base(width);
        k.map(
            out,
            base,
            width,
            i -> {
              Expr at = Indexing.checked(k, index, add(base, i), n, Bounds.STRICT);
              return k.at(x, add(from, key.inner ? add(mul(at, inner), rem(i, inner)) : at), t);
            });
      }
      case ELEMENTS -> {
        Expr from = key.outer ? mul(div(k.row, width), slab) : int64(0);
        Expr at = Indexing.checked(k, index, k.row, n, Bounds.STRICT);
        Expr place = key.inner ? add(mul(at, inner), rem(k.row, inner)) : at;
        k.add(k.store(out, k.row, k.at(x, add(from, place), t)));
        return k.buildFlat();
      }
    }
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {
      RowOps.scattered(grads[0], saved.inputShape(0), dim, saved.input(1)), null
    };
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (in[0].rank() == (batched[0] ? 1 : 0)) {
      return Batching.loop(this, size, batched, in);
    }
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor index = Batching.batched(size, batched[1], in[1]);
    return Tensor.applyAll(new GatherOp(Batching.behind(dim)), x, index);
  }

  static OpInfo info() {
    return new OpInfo(
        "gather",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(new GatherOp(0), in.any(4, 3), in.indices(4, 2, 3))
                    .peer("torch.gather(x0, 0, x1)"),
                Sample.of(new GatherOp(1), in.any(4, 3), in.indices(3, 2, 5))
                    .peer("torch.gather(x0, 1, x1)"),
                Sample.of(new GatherOp(-1), in.any(3, 5), in.indices(5, 3, 9))
                    .peer("torch.gather(x0, -1, x1)"),
                Sample.of(new GatherOp(0), in.any(3, 10), in.indices(3, 4, 9))
                    .peer("torch.gather(x0, 0, x1)"),
                Sample.of(new GatherOp(1), in.any(2, 3, 2), in.indices(3, 2, 5, 2))
                    .peer("torch.gather(x0, 1, x1)"),
                Sample.of(new GatherOp(1), in.transposed(3, 4), in.indices(4, 3, 1))
                    .peer("torch.gather(x0, 1, x1)"),
                Sample.of(new GatherOp(0), in.any(7), in.indices(7, 9))
                    .peer("torch.gather(x0, 0, x1)"),
                Sample.of(new GatherOp(0), in.any(), in.index(0)).peer("torch.gather(x0, 0, x1)"),
                Sample.of(new GatherOp(0), in.any(4, 3), in.indices(4, 0, 3))
                    .peer("torch.gather(x0, 0, x1)")),
        in ->
            List.of(
                ErrorSample.of(
                    new GatherOp(0),
                    ShapeException.class,
                    "the index of shape [2, 4] is larger than the tensor of shape [4, 3]",
                    in.any(4, 3),
                    in.index(0, 2, 4)),
                ErrorSample.of(
                    new GatherOp(0),
                    ShapeException.class,
                    "must have 2 dimensions",
                    in.any(4, 3),
                    in.indices(2, 3)),
                ErrorSample.of(
                    new GatherOp(0),
                    DataException.class,
                    "index -1 is out of range for dimension 0 of size 4",
                    in.any(4, 3),
                    in.index(-1, 1, 1))));
  }
}
