package io.arclight.distributions;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;

/**
 * A batch of independent distributions of one family.
 *
 * <p>A draw has the shape {@code [sample..., batch..., event...]}: the sample shape is asked for,
 * the batch shape is the parameters', the event shape that of one value. Parameters are checked
 * when a distribution is made.
 *
 * <pre>{@code
 * var d = new Normal(mean, std);
 * Tensor x = d.rsample();                 // differentiable in mean and std
 * Tensor loss = d.logProb(x).neg().mean();
 * }</pre>
 */
public abstract class Distribution {
  private final Shape batchShape;
  private final Shape eventShape;

  Distribution(Shape batchShape, Shape eventShape) {
    this.batchShape = batchShape;
    this.eventShape = eventShape;
  }

  /** How many distributions there are, by dimension. */
  public final Shape batchShape() {
    return batchShape;
  }

  /** The shape of one draw of one of them. */
  public final Shape eventShape() {
    return eventShape;
  }

  /** One draw from each, without gradients. */
  public final Tensor sample() {
    return sample(Shape.SCALAR);
  }

  /** Draws of {@code sampleShape} from each, without gradients. */
  public final Tensor sample(Shape sampleShape) {
    try (Context.Restore mode = Autograd.noGrad()) {
      return draw(sampleShape);
    }
  }

  /** One draw from each, differentiable in the parameters. */
  public final Tensor rsample() {
    return rsample(Shape.SCALAR);
  }

  /**
   * Draws of {@code sampleShape} from each, differentiable in the parameters.
   *
   * @throws TensorException for a family whose draws are not
   */
  public final Tensor rsample(Shape sampleShape) {
    if (!reparameterized()) {
      throw new TensorException(
          "rsample: draws of "
              + getClass().getSimpleName()
              + " are not differentiable in its parameters; use sample() and logProb()");
    }
    return draw(sampleShape);
  }

  /** Whether {@link #rsample()} is there. */
  public boolean reparameterized() {
    return true;
  }

  abstract Tensor draw(Shape sampleShape);

  /**
   * The logarithm of the density, or of the probability, at {@code value}.
   *
   * @param value broadcastable to {@code [..., batch..., event...]}
   * @return {@code [..., batch...]}
   * @throws DataException for a value outside the support
   */
  public abstract Tensor logProb(Tensor value);

  /** In nats, {@code [batch...]}. */
  public abstract Tensor entropy();

  /** {@code [batch..., event...]}. */
  public abstract Tensor mean();

  /** {@code [batch..., event...]}. */
  public abstract Tensor variance();

  /** The square root of {@link #variance()}. */
  public final Tensor stddev() {
    return variance().sqrt();
  }

  /** {@code [sample..., batch..., event...]}. */
  final Shape extended(Shape sampleShape) {
    return concat(concat(sampleShape, batchShape), eventShape);
  }

  static Shape concat(Shape a, Shape b) {
    long[] out = java.util.Arrays.copyOf(a.toArray(), a.rank() + b.rank());
    System.arraycopy(b.toArray(), 0, out, a.rank(), b.rank());
    return Shape.of(out);
  }

  /** {@code shape} without its last dimension. */
  static Shape leading(String what, Shape shape) {
    if (shape.rank() == 0) {
      throw new ShapeException(what + " needs at least one dimension");
    }
    return Shape.of(java.util.Arrays.copyOf(shape.toArray(), shape.rank() - 1));
  }

  /** The parameter if {@code ok} holds everywhere. */
  static Tensor require(Tensor parameter, Tensor ok, String what) {
    try (Context.Restore mode = Autograd.noGrad()) {
      if (ok.elements() > 0 && ok.all().item() == 0) {
        long at =
            ok.flatten(0).logicalNot().to(io.arclight.tensor.DType.INT32).argmax(0).toLongs()[0];
        double value = parameter.detach().expand(ok.shape()).flatten(0).select(0, at).item();
        throw new DataException(what + ", but element " + at + " is " + value);
      }
    }
    return parameter;
  }

  static Tensor positive(Tensor parameter, String name) {
    return require(parameter, parameter.detach().gt(0), name + " must be positive");
  }

  static Tensor finite(Tensor parameter, String name) {
    return require(parameter, parameter.detach().isfinite(), name + " must be finite");
  }

  static Tensor sumLast(Tensor t) {
    return t.sum(Dim.of(-1), Dim.Keep.DROP);
  }
}
