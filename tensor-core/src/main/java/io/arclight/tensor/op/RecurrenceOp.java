package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The linear recurrence {@code h[i] = a[i] * h[i-1] + b[i]} along a dimension, with 0 before the
 * first: what gradients of scans are made of, and its own gradient.
 */
record RecurrenceOp(int dim, ScanOp.Direction direction, Zero zero) implements Op {

  /** What a factor of 0 makes of what came before. */
  enum Zero {
    /** 0 times it, which is NaN where it is not finite. */
    MULTIPLIES,
    /** Nothing, whatever it was. */
    STARTS_ANEW
  }

  private record Key(ScanOp.Direction direction, Zero zero, DType dtype, Lines lines) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "RECURRENCE";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    if (!in[0].isComplex()) {
      RowOps.requireFloat("recurrence", in[0]);
    }
    in[0].shape().wrap(dim);
    if (!in[0].shape().equals(in[1].shape()) || in[0].dtype() != in[1].dtype()) {
      throw new ShapeException(
          "recurrence: factors "
              + in[0].shape()
              + " and terms "
              + in[1].shape()
              + " must agree in shape and dtype");
    }
    Elementwise.sameDevice("recurrence", in[0], in[1]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor a = in[0].detach().contiguous();
    int d = out.shape().wrap(dim);
    Key key = new Key(direction, zero, out.dtype(), Scan.lines(out, d));
    Executable kernel = KERNELS.computeIfAbsent(key, RecurrenceOp::build);
    Scan.launch("recurrence", kernel, d, a, in[1].detach().contiguous(), out);
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    return Scan.build(
        "recurrence",
        key.lines,
        key.direction,
        List.of(key.dtype, key.dtype),
        List.of(key.dtype),
        ScanRules.recurrence(key.zero, key.dtype));
  }

  /**
   * {@code x} moved one place towards the start (FORWARD: what comes next) or the end (REVERSE:
   * what came before), with {@code fill} in the free place.
   */
  static Tensor shifted(Tensor x, int dim, ScanOp.Direction direction, Number fill) {
    long n = x.dim(dim);
    return direction == ScanOp.Direction.FORWARD
        ? x.narrow(dim, 1, n - 1).pad(dim, 0, 1, fill)
        : x.narrow(dim, 0, n - 1).pad(dim, 1, 0, fill);
  }

  @Override
  public boolean savesInput(int i) {
    return i == 0;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = saved.input(0);
    if (a.elements() == 0) {
      return new Tensor[] {grads[0], grads[0]};
    }
    ScanOp.Direction back = direction.opposite();
    RecurrenceOp reversed = new RecurrenceOp(dim, back, zero);
    Tensor db = Tensor.apply(reversed, shifted(a, dim, direction, 0).conj(), grads[0]);
    return new Tensor[] {
      saved.needs(0) ? shifted(saved.output(0), dim, back, 0).conj().mul(db) : null, db
    };
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return batched[0] && batched[1]
        ? Tensor.applyAll(new RecurrenceOp(Batching.behind(dim), direction, zero), in)
        : Batching.loop(this, size, batched, in);
  }

  private static Sample sample(
      int dim, ScanOp.Direction direction, Zero zero, Tensor factors, Tensor terms) {
    return Sample.of(new RecurrenceOp(dim, direction, zero), factors, terms)
        .withoutPeer("a step of the gradients of scans");
  }

  static OpInfo info() {
    return new OpInfo(
        "recurrence",
        DTypes.andComplex(DTypes.FLOATS),
        in ->
            List.of(
                sample(1, ScanOp.Direction.FORWARD, Zero.MULTIPLIES, in.any(2, 5), in.any(2, 5)),
                sample(0, ScanOp.Direction.REVERSE, Zero.MULTIPLIES, in.any(4, 3), in.any(4, 3)),
                sample(
                    0,
                    ScanOp.Direction.FORWARD,
                    Zero.STARTS_ANEW,
                    in.withZeros(in.exactly(6), 2, 3),
                    in.exactly(6)),
                sample(
                    1,
                    ScanOp.Direction.REVERSE,
                    Zero.STARTS_ANEW,
                    in.any(3, 4).triu(),
                    in.any(3, 4))),
        in ->
            List.of(
                ErrorSample.of(
                    new RecurrenceOp(1, ScanOp.Direction.FORWARD, Zero.MULTIPLIES),
                    ShapeException.class,
                    "factors [2, 5] and terms [2, 4] must agree",
                    in.any(2, 5),
                    in.any(2, 4))));
  }
}
