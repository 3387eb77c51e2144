package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The greatest or least so far along a dimension, and where its last is; NaN stays once it has
 * come.
 */
public record CumulativeExtremeOp(int dim, Kind kind) implements Op {

  /** Which of the two. */
  public enum Kind {
    CUMMAX,
    CUMMIN
  }

  private record Key(Kind kind, DType dtype, Scan.Path path) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return kind.name();
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.wrap(x, dim);
    return List.of(
        new Spec(x.shape(), x.dtype(), x.device()), new Spec(x.shape(), DType.INT64, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor values = Tensor.allocate(name(), outputs.get(0));
    Tensor at = Tensor.allocate(name(), outputs.get(1));
    Tensor x = RowOps.atLeastVector(in[0].detach().contiguous());
    int d = RowOps.wrap(in[0], dim);
    Scan.launch(
        name().toLowerCase(Locale.ROOT),
        KERNELS.computeIfAbsent(
            new Key(kind, x.dtype(), Scan.path(x, d)), CumulativeExtremeOp::build),
        d,
        x,
        RowOps.atLeastVector(values),
        RowOps.atLeastVector(at));
    return new Tensor[] {values, at};
  }

  private static Executable build(Key key) {
    boolean max = key.kind == Kind.CUMMAX;
    Type t = key.dtype == DType.BOOL ? Type.I32 : key.dtype.type().value();
    Expr start =
        key.dtype == DType.BOOL
            ? constant(t, max ? 0 : 1)
            : max ? ReductionRules.least(key.dtype) : ReductionRules.greatest(key.dtype);
    return Scan.build(
        key.kind.name().toLowerCase(Locale.ROOT),
        key.path,
        ScanOp.Direction.FORWARD,
        List.of(key.dtype),
        List.of(key.dtype, DType.INT64),
        List.of(start, int64(0)),
        (elements, i, carried) -> {
          Expr x = cast(t, elements.get(0));
          Expr top = carried.get(0);
          Expr takes = max ? ge(x, top) : le(x, top);
          if (t.isFloat()) {
            takes = or(isNan(x), takes);
          }
          List<Expr> next = List.of(select(takes, x, top), select(takes, i, carried.get(1)));
          return new Scan.Turn(next, next);
        });
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {RowOps.scattered(grads[0], saved.inputShape(0), dim, saved.output(1))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return in[0].rank() == 1
        ? Batching.loop(this, size, batched, in)
        : Tensor.applyAll(new CumulativeExtremeOp(Batching.behind(dim), kind), in);
  }
}
