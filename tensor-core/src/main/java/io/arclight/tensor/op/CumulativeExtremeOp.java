package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
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

  private record Key(Kind kind, DType dtype, Lines lines) {}

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
            new Key(kind, x.dtype(), Scan.lines(x, d)), CumulativeExtremeOp::build),
        d,
        x,
        RowOps.atLeastVector(values),
        RowOps.atLeastVector(at));
    return new Tensor[] {values, at};
  }

  private static Executable build(Key key) {
    return Scan.build(
        key.kind.name().toLowerCase(Locale.ROOT),
        key.lines,
        ScanOp.Direction.FORWARD,
        List.of(key.dtype),
        List.of(key.dtype, DType.INT64),
        ScanRules.extreme(key.kind, key.dtype));
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
