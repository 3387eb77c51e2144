package io.arclight.distributions;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The uniform distribution on [low, high). */
public final class Uniform extends Distribution {
  private final Tensor low;
  private final Tensor high;

  /**
   * @throws io.arclight.tensor.DataException unless low is below high
   */
  public Uniform(Tensor low, Tensor high) {
    super(Shape.broadcast(low.shape(), high.shape()), Shape.SCALAR);
    require(high, high.detach().gt(low.detach()), "Uniform: high must be above low");
    this.low = low.expand(batchShape());
    this.high = high.expand(batchShape());
  }

  /** The lower bounds. */
  public Tensor low() {
    return low;
  }

  /** The upper bounds. */
  public Tensor high() {
    return high;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    Tensor share = Generator.standard().uniform(extended(sampleShape), low.dtype(), low.device());
    return share.mul(high.sub(low)).add(low);
  }

  /** Minus infinity outside [low, high). */
  @Override
  public Tensor logProb(Tensor value) {
    Tensor inside = value.ge(low).logicalAnd(value.lt(high));
    Tensor log = high.sub(low).log().neg();
    return log.expand(inside.shape()).maskedFill(inside.logicalNot(), Double.NEGATIVE_INFINITY);
  }

  /** The probability of a smaller value. */
  public Tensor cdf(Tensor value) {
    return value.sub(low).div(high.sub(low)).clamp(0, 1);
  }

  /** The value below which a share {@code p} lies. */
  public Tensor icdf(Tensor p) {
    return p.mul(high.sub(low)).add(low);
  }

  @Override
  public Tensor entropy() {
    return high.sub(low).log();
  }

  @Override
  public Tensor mean() {
    return low.add(high).mul(0.5);
  }

  @Override
  public Tensor variance() {
    return high.sub(low).square().mul(1.0 / 12);
  }
}
