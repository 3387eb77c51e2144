package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Running sums and products along a dimension; of integers and bools they are int64. */
public record ScanOp(int dim, Kind kind, Direction direction) implements Op {

  /** What runs. */
  public enum Kind {
    CUMSUM,
    CUMPROD,
    /** The logarithm of the running sum of exponentials. */
    LOGCUMSUMEXP
  }

  /** From which end. */
  public enum Direction {
    FORWARD,
    REVERSE;

    Direction opposite() {
      return this == FORWARD ? REVERSE : FORWARD;
    }
  }

  private record Key(Kind kind, Direction direction, DType in, DType out, Lines lines) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  public ScanOp(int dim, Kind kind) {
    this(dim, kind, Direction.FORWARD);
  }

  @Override
  public String name() {
    return kind.name();
  }

  private String label() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    RowOps.wrap(x, dim);
    if (kind == Kind.LOGCUMSUMEXP && !x.isComplex()) {
      RowOps.requireFloat(label(), x);
    }
    DType out = x.dtype().isDifferentiable() ? x.dtype() : DType.INT64;
    return List.of(new Spec(x.shape(), out, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    int d = RowOps.wrap(in[0], dim);
    if (in[0].dtype().isComplex() && kind == Kind.CUMSUM) {
      Tensor sums = Pairs.eval(new ScanOp(d, kind, direction), RowOps.atLeastVector(in[0]))[0];
      return new Tensor[] {RowOps.like(in[0], sums)};
    }
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor x = RowOps.atLeastVector(in[0].detach().contiguous());
    Key key = new Key(kind, direction, x.dtype(), out.dtype(), Scan.lines(x, d));
    Scan.launch(
        label(), KERNELS.computeIfAbsent(key, ScanOp::build), d, x, RowOps.atLeastVector(out));
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    return Scan.build(
        key.kind.name().toLowerCase(Locale.ROOT),
        key.lines,
        key.direction,
        List.of(key.in),
        List.of(key.out),
        ScanRules.of(key.kind, key.in, key.out));
  }

  @Override
  public boolean savesInput(int i) {
    return kind != Kind.CUMSUM;
  }

  @Override
  public boolean savesOutput(int i) {
    return kind != Kind.CUMSUM;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Direction back = direction.opposite();
    if (kind == Kind.CUMSUM) {
      return new Tensor[] {Tensor.apply(new ScanOp(dim, kind, back), g)};
    }
    Tensor x = saved.input(0);
    Tensor y = saved.output(0);
    if (x.rank() == 0 || x.elements() == 0) {
      return new Tensor[] {g};
    }
    RecurrenceOp recurrence = new RecurrenceOp(dim, back, RecurrenceOp.Zero.MULTIPLIES);
    if (kind == Kind.CUMPROD) {
      // dx[k] = y[k-1] * s[k] with s[k] = g[k] + x[k+1] * s[k+1]: no division, right at zeros.
      Tensor s = Tensor.apply(recurrence, RecurrenceOp.shifted(x, dim, direction, 0).conj(), g);
      return new Tensor[] {RecurrenceOp.shifted(y, dim, back, 1).conj().mul(s)};
    }
    // With s[k] the sum over i >= k of g[i] * exp(y[k] - y[i]), of real numbers at most g[i].
    double infinity = Double.POSITIVE_INFINITY;
    Tensor next = RecurrenceOp.shifted(y, dim, direction, infinity);
    Tensor level = y.real();
    Tensor none = level.eq(-infinity);
    // Equal infinities are no distance apart.
    Tensor same = level.isinf().logicalAnd(level.eq(next.real()));
    Tensor factor = y.sub(next).maskedFill(same, 0).exp().maskedFill(none, 0);
    Tensor s = Tensor.apply(recurrence, factor.conj(), g);
    return new Tensor[] {x.sub(y.maskedFill(none, 0)).exp().conj().mul(s)};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return in[0].rank() == 1
        ? Batching.loop(this, size, batched, in)
        : Tensor.applyAll(new ScanOp(Batching.behind(dim), kind, direction), in);
  }
}
