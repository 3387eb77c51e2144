package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.FLOATS;

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
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The rows of a table [n, d] at indices [...], as [..., d]. The table's gradient is summed in index
 * order, whatever the number of threads.
 *
 * @param paddingIdx the row that gets no gradient, or -1
 */
public record EmbeddingOp(long paddingIdx, Frequency frequency) implements Op {
  /** What a row's gradient is made of. */
  public enum Frequency {
    /** The sum over its uses. */
    SUM,
    /** The mean over its uses in the batch. */
    MEAN
  }

  private record Key(DType dtype, DType index) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "EMBEDDING";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor table = in[0];
    Indexing.requireIndex("embedding", in[1]);
    Elementwise.sameDevice("embedding", table, in[1]);
    if (table.rank() != 2) {
      throw new ShapeException("embedding: expects a table [n, d], got shape " + table.shape());
    }
    if (paddingIdx >= table.dim(0)) {
      throw new ShapeException(
          "embedding: the padding index "
              + paddingIdx
              + " is beyond the "
              + table.dim(0)
              + " rows");
    }
    long[] sizes = Arrays.copyOf(in[1].shape().toArray(), in[1].rank() + 1);
    sizes[in[1].rank()] = table.dim(1);
    return List.of(new Spec(Shape.of(sizes), table.dtype(), table.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor index = in[1].detach().contiguous();
    long d = in[0].dim(1);
    KERNELS
        .computeIfAbsent(new Key(out.dtype(), index.dtype()), EmbeddingOp::build)
        .launch(
            "embedding",
            d == 0 ? 0 : index.elements(),
            d,
            new Tensor[] {index, in[0].contiguous(), out},
            new long[] {in[0].dim(0), d},
            GatherOp.error(index, 0, in[0].dim(0)));
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("embedding");
    int index = k.reads(key.index);
    int table = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr n = k.param(Type.I64);
    Expr d = k.param(Type.I64);
    Expr from = k.let("from", mul(Indexing.checked(k, index, k.row, n, Bounds.STRICT), d));
    k.map(out, k.base(d), d, i -> k.at(table, add(from, i), k.type(table)));
    return k.build();
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor index = saved.input(1).reshape(-1);
    Shape table = saved.inputShape(0);
    Tensor g = grads[0].reshape(index.dim(0), table.dim(1));
    if (frequency == Frequency.MEAN) {
      g = g.mul(share(index, table.dim(0), g.dtype()).unsqueeze(1));
    }
    if (paddingIdx >= 0) {
      g = g.maskedFill(index.eq(paddingIdx).unsqueeze(1), 0);
    }
    Tensor zeros = Tensor.zeros(table, g.dtype(), g.device());
    Op sum = new IndexPutOp(Dim.of(0), Bounds.STRICT, Combine.SUM);
    return new Tensor[] {Tensor.apply(sum, zeros, g, index), null};
  }

  /** One over how often each index occurs among all. */
  static Tensor share(Tensor index, long rows, DType dtype) {
    Tensor ones = Tensor.ones(index.shape(), DType.FLOAT32, index.device());
    Tensor counts = Tensor.zeros(Shape.of(rows), DType.FLOAT32, index.device());
    return counts.indexAdd(0, index, ones).indexSelect(0, index).reciprocal().to(dtype);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (batched[0]) {
      return Batching.loop(this, size, batched, in);
    }
    return Tensor.applyAll(this, in);
  }

  static OpInfo info() {
    EmbeddingOp plain = new EmbeddingOp(-1, Frequency.SUM);
    // Tables of any size have row 0.
    EmbeddingOp padded = new EmbeddingOp(0, Frequency.SUM);
    EmbeddingOp mean = new EmbeddingOp(0, Frequency.MEAN);
    return new OpInfo(
        "embedding",
        FLOATS,
        in ->
            List.of(
                Sample.of(plain, in.any(5, 3), in.indices(5, 4)).peer("torch.embedding(x0, x1)"),
                Sample.of(plain, in.any(5, 11), in.indices(5, 2, 3))
                    .peer("torch.embedding(x0, x1)"),
                Sample.of(plain, in.transposed(5, 3), in.indices(5, 6))
                    .peer("torch.embedding(x0, x1)"),
                Sample.of(plain, in.any(5, 3), in.index(2)).peer("torch.embedding(x0, x1)"),
                Sample.of(plain, in.any(5, 3), in.indices(5, 0)).peer("torch.embedding(x0, x1)"),
                Sample.of(padded, in.any(5, 3), in.indices(5, 9))
                    .peer("torch.embedding(x0, x1, 0)")
                    .valuesOnly(),
                Sample.of(mean, in.any(5, 3), in.indices(5, 9))
                    .peer("torch.embedding(x0, x1, 0, True)")
                    .valuesOnly()),
        in ->
            List.of(
                ErrorSample.of(
                    plain,
                    DataException.class,
                    "embedding: index 5 is out of range",
                    in.any(5, 3),
                    in.index(5, 2)),
                ErrorSample.of(
                    plain,
                    DataException.class,
                    "embedding: index -1 is out of range",
                    in.any(5, 3),
                    in.index(-1, 2)),
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "expects a table [n, d], got shape [5]",
                    in.any(5),
                    in.index(1, 2)),
                ErrorSample.of(
                    new EmbeddingOp(5, Frequency.SUM),
                    ShapeException.class,
                    "the padding index 5 is beyond the 5 rows",
                    in.any(5, 3),
                    in.index(1, 2)),
                ErrorSample.of(
                    plain,
                    DTypeException.class,
                    "must be int64 or int32",
                    in.any(5, 3),
                    in.any(2))));
  }
}
