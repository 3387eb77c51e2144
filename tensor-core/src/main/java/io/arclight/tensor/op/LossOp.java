package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The total of an elementwise operation's results, which are never in memory: its operands, which
 * broadcast, and perhaps a weight, to a scalar. The gradient by an operand is one kernel.
 *
 * @param each what gives the losses, a {@link Pointwise} or one with numbers
 */
public record LossOp(Op each, Total total, Weight weight) implements Op {
  /** What is made of the losses. */
  public enum Total {
    MEAN,
    SUM
  }

  /** Whether losses are weighed before they are added up. */
  public enum Weight {
    NONE,
    /** The last operand is a factor of each loss, to whose shape it broadcasts. */
    EACH
  }

  public LossOp {
    if (!(each instanceof Pointwise || each instanceof PointwiseCall)) {
      throw new IllegalArgumentException(
          each.name() + " is not elementwise: reduce its result instead");
    }
  }

  private Pointwise fn() {
    return each instanceof PointwiseCall call ? call.fn() : (Pointwise) each;
  }

  private List<Number> scalars() {
    return each instanceof PointwiseCall call ? call.scalars() : Pointwise.NONE;
  }

  private LossProgram program(DType dtype) {
    return LossProgram.of(fn(), scalars(), weight, dtype.type().value());
  }

  /** The operands of {@link #each}. */
  private Tensor[] operands(Tensor... in) {
    return weight == Weight.NONE ? in : Arrays.copyOf(in, in.length - 1);
  }

  @Override
  public String name() {
    return each.name();
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Spec losses = each.infer(operands(in)).get(0);
    String label = fn().label();
    if (!losses.dtype().isFloatingPoint()) {
      throw new DTypeException(
          label + ": losses are floating-point numbers, not " + losses.dtype());
    }
    if (weight == Weight.EACH) {
      Tensor w = in[in.length - 1];
      if (w.dtype() != losses.dtype()) {
        throw new DTypeException(
            label + ": the weight must be " + losses.dtype() + " as the losses, not " + w.dtype());
      }
      if (!w.shape().broadcastsTo(losses.shape())) {
        throw new ShapeException(
            label
                + ": a weight of shape "
                + w.shape()
                + " does not broadcast to the losses' "
                + losses.shape());
      }
      Elementwise.sameDevice(label, in[0], w);
    }
    return List.of(new Spec(Shape.SCALAR, losses.dtype(), losses.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Shape shape = in[0].shape();
    for (Tensor t : in) {
      shape = Shape.broadcast(shape, t.shape());
    }
    Tensor[] dense = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      Tensor t = in[i];
      dense[i] =
          (t.shape().equals(shape) ? t : t.withLayout(t.layout().expand(shape))).contiguous();
    }
    Tensor out = Tensor.allocate(name(), spec);
    program(spec.dtype())
        .total(total, shape.elements(), dense, Elementwise.given(scalars(), spec.dtype()), out);
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Tensor[] out = new Tensor[saved.inputs()];
    Shape shape = Shape.SCALAR;
    for (int i = 0; i < out.length; i++) {
      shape = Shape.broadcast(shape, saved.inputShape(i));
    }
    double scale = total == Total.MEAN ? 1.0 / shape.elements() : 1;
    LossProgram program = program(g.dtype());
    for (int i = 0; i < out.length; i++) {
      if (saved.needs(i)) {
        Tensor d = program.gradient(i, saved, g, Elementwise.given(scalars(), g.dtype()), scale);
        // One that reads nothing of the full shape is the same everywhere.
        out[i] = d.shape().equals(shape) ? d : d.expand(shape);
      }
    }
    return out;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return LossProgram.of(fn(), scalars(), weight).reads(gradient, input);
  }

  @Override
  public boolean savesInput(int i) {
    return LossProgram.of(fn(), scalars(), weight).saves(i);
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] aligned = Elementwise.align(batched, in);
    DType dtype = each.infer(operands(aligned)).get(0).dtype();
    // Rounded once, as by the kernel.
    for (int i = 0; i < in.length; i++) {
      boolean half = aligned[i].dtype() == dtype && dtype != dtype.accumulator();
      aligned[i] = half ? aligned[i].to(dtype.accumulator()) : aligned[i];
    }
    Tensor losses = Tensor.apply(each, operands(aligned));
    if (weight == Weight.EACH) {
      losses = losses.mul(aligned[in.length - 1]);
    }
    int[] slice = IntStream.range(1, losses.rank()).toArray();
    if (slice.length > 0) {
      losses = total == Total.MEAN ? losses.mean(slice) : losses.sum(slice);
    }
    return new Tensor[] {losses.to(dtype)};
  }

  static OpInfo info() {
    return LossSamples.info();
  }
}
