package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The elements of a tensor at index tensors, which broadcast together: inputs are the tensor and an
 * index for each of {@code dims}. The picks' dimensions take the place of adjacent indexed
 * dimensions, else they come first.
 *
 * @param dims the indexed dimensions, ascending
 */
public record IndexOp(Dim dims, Bounds bounds) implements Op {
  private record Key(DType dtype, Picks.Form picks, Form form) {}

  /** How a kernel walks. */
  private enum Form {
    /** A row is a pick, whose inner elements are copied as a dense vector. */
    ROWS,
    /** As ROWS, the inner elements having a stride. */
    STRIDED_ROWS,
    /** A row is an element of the result, of a few inner ones. */
    ELEMENTS,
    /** As ELEMENTS, without inner dimensions. */
    LAST,
    /** As LAST, without outer dimensions. */
    ONLY
  }

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** Inner elements from which a vector loop over them pays. */
  private static final long ROW = 8;

  @Override
  public String name() {
    return bounds == Bounds.STRICT ? "INDEX_SELECT" : "INDEX";
  }

  private String label() {
    return bounds == Bounds.STRICT ? "indexSelect" : "index";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    int[] over = IndexPutOp.resolve(label(), dims, in.length - 1, x.shape());
    Tensor[] index = Arrays.copyOfRange(in, 1, in.length);
    Elementwise.sameDevice(label(), x, index[0]);
    return List.of(
        new Spec(
            IndexPlan.result(label(), x.shape(), over, Picks.shape(label(), index)),
            x.dtype(),
            x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    if (out.elements() == 0) {
      return new Tensor[] {out};
    }
    Tensor x = in[0].detach();
    int[] over = dims.resolve(x.shape(), label());
    if (x.dtype().isComplex()) {
      return Pairs.eval(new IndexOp(Dim.of(over), bounds), in);
    }
    IndexPlan plan = IndexPlan.of(x.layout(), over);
    if (plan == null) {
      // Dense memory merges; where the picks come first so do the indexed dimensions.
      boolean adjacent = IndexPlan.adjacent(over);
      x = (adjacent ? x : IndexPlan.indexedFirst(x, over)).contiguous();
      plan = IndexPlan.of(x.layout(), adjacent ? over : IndexPutOp.leading(over.length));
    }
    Tensor[] index = Arrays.copyOfRange(in, 1, in.length);
    Picks picks = Picks.of(label(), plan, bounds, Picks.shape(label(), index), index);
    long count = picks.table().elements();
    Form form =
        plan.inner() >= ROW
            ? plan.innerStride() == 1 ? Form.ROWS : Form.STRIDED_ROWS
            : plan.inner() > 1 ? Form.ELEMENTS : plan.outer() > 1 ? Form.LAST : Form.ONLY;
    boolean rows = form == Form.ROWS || form == Form.STRIDED_ROWS;
    KERNELS
        .computeIfAbsent(new Key(x.dtype(), picks.form(), form), IndexOp::build)
        .launch(
            label(),
            rows ? plan.outer() * count : out.elements(),
            rows ? plan.inner() : 1,
            new Tensor[] {picks.table(), x, out},
            new long[] {
              picks.size(),
              picks.stride(),
              count,
              plan.outerStride(),
              plan.inner(),
              plan.innerStride()
            },
            picks.error());
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("index");
    Picks.Reader picks = new Picks.Reader(k, key.picks);
    int x = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr count = k.param(Type.I64);
    Expr outerStride = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr innerStride = k.param(Type.I64);
    Type t = k.type(x);
    if (key.form == Form.ROWS || key.form == Form.STRIDED_ROWS) {
      Expr at = k.let("at", picks.offset(rem(k.row, count)));
      Expr from = k.let("from", add(mul(div(k.row, count), outerStride), at));
      boolean dense = key.form == Form.ROWS;
      k.map(out, k.base(inner), inner, i -> k.at(x, add(from, dense ? i : mul(i, innerStride)), t));
      return k.build();
    }
    Expr from =
        switch (key.form) {
          case ONLY -> picks.offset(k.row);
          case LAST -> add(mul(div(k.row, count), outerStride), picks.offset(rem(k.row, count)));
          default -> {
            Expr pick = k.let("pick", div(k.row, inner));
            Expr base =
                add(mul(div(pick, count), outerStride), mul(rem(k.row, inner), innerStride));
            yield add(base, picks.offset(rem(pick, count)));
          }
        };
    k.add(k.store(out, k.row, k.at(x, from, t)));
    return k.buildFlat();
  }

  @Override
  public boolean savesInput(int i) {
    return i > 0;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor[] in = new Tensor[saved.inputs() + 1];
    in[0] = Tensor.zeros(saved.inputShape(0), grads[0].dtype(), grads[0].device());
    in[1] = grads[0];
    for (int i = 1; i < saved.inputs(); i++) {
      in[i + 1] = saved.input(i);
    }
    Tensor[] out = new Tensor[saved.inputs()];
    out[0] = Tensor.apply(new IndexPutOp(dims, bounds, Combine.SUM), in);
    return out;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return IndexBatching.index(this, size, batched, in);
  }

  private static IndexOp at(int... dims) {
    return new IndexOp(Dim.of(dims), Bounds.WRAP);
  }

  static List<OpInfo> infos() {
    IndexOp first = new IndexOp(Dim.of(0), Bounds.STRICT);
    IndexOp second = new IndexOp(Dim.of(1), Bounds.STRICT);
    return List.of(
        new OpInfo(
            "index_select",
            andComplex(ALL),
            in ->
                List.of(
                    Sample.of(first, in.any(4, 3), in.indices(4, 6))
                        .peer("torch.index_select(x0, 0, x1)"),
                    Sample.of(first, in.any(40), in.indices(40, 33))
                        .peer("torch.index_select(x0, 0, x1)"),
                    Sample.of(second, in.any(2, 4, 3), in.indices(4, 5))
                        .peer("torch.index_select(x0, 1, x1)"),
                    Sample.of(second, in.any(2, 4, 9), in.indices(4, 5))
                        .peer("torch.index_select(x0, 1, x1)"),
                    Sample.of(second, in.transposed(3, 4), in.indices(4, 2))
                        .peer("torch.index_select(x0, 1, x1)"),
                    Sample.of(first, in.any(4, 3), in.indices(4, 0))
                        .peer("torch.index_select(x0, 0, x1)")),
            in ->
                List.of(
                    ErrorSample.of(
                        first,
                        DataException.class,
                        "index 4 is out of range for dimension 0 of size 4",
                        in.any(4, 3),
                        in.index(4, 1)),
                    ErrorSample.of(
                        first,
                        DataException.class,
                        "index -1 is out of range",
                        in.any(4, 3),
                        in.index(-1, 1)))),
        new OpInfo(
            "index",
            andComplex(ALL),
            in ->
                List.of(
                    Sample.of(at(0), in.any(4, 3), in.indices(4, 2, 2)).peer("x0[x1]"),
                    Sample.of(at(0), in.any(4, 3), in.indices(4, 2).sub(4)).peer("x0[x1]"),
                    Sample.of(at(0), in.any(5), in.index(-2)).peer("x0[x1]"),
                    Sample.of(at(0, 1), in.any(4, 3, 2), in.indices(4, 5), in.indices(3, 5))
                        .peer("x0[x1, x2]"),
                    Sample.of(at(1, 2), in.any(2, 4, 3), in.indices(4, 2, 1), in.indices(3, 3))
                        .peer("x0[:, x1, x2]"),
                    Sample.of(at(0, 2), in.any(4, 2, 3), in.indices(4, 5), in.indices(3, 5))
                        .peer("x0[x1, :, x2]"),
                    Sample.of(at(1, 3), in.any(2, 4, 3, 2), in.indices(4, 2), in.indices(2, 2))
                        .peer("x0[:, x1, :, x2]"),
                    Sample.of(at(1), in.transposed(3, 4), in.indices(4, 2)).peer("x0[:, x1]"),
                    Sample.of(
                            at(0, 2),
                            in.any(3, 2, 4).permute(1, 2, 0),
                            in.indices(2, 3),
                            in.indices(3, 3))
                        .peer("x0[x1, :, x2]"),
                    Sample.of(at(0), in.any(4, 0), in.indices(4, 2)).peer("x0[x1]")),
            in ->
                List.of(
                    ErrorSample.of(
                        at(0, 1),
                        DataException.class,
                        "index -4 is out of range for dimension 1 of size 3",
                        in.any(4, 3),
                        in.index(-4, 1),
                        in.index(-4, 1)),
                    ErrorSample.of(
                        at(0, 1),
                        ShapeException.class,
                        "do not broadcast",
                        in.any(4, 3),
                        in.index(0, 2),
                        in.index(0, 3)))));
  }
}
