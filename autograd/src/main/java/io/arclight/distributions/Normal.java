package io.arclight.distributions;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The normal distribution of a mean and a standard deviation. */
public final class Normal extends Distribution {
  private static final double LOG_ROOT_2_PI = 0.5 * Math.log(2 * Math.PI);
  private final Tensor loc;
  private final Tensor scale;

  /**
   * @throws io.arclight.tensor.DataException for a scale that is not positive or a mean that is not
   *     finite
   */
  public Normal(Tensor loc, Tensor scale) {
    super(Shape.broadcast(loc.shape(), scale.shape()), Shape.SCALAR);
    this.loc = finite(loc, "Normal: loc").expand(batchShape());
    this.scale = positive(scale, "Normal: scale").expand(batchShape());
  }

  /** The means. */
  public Tensor loc() {
    return loc;
  }

  /** The standard deviations. */
  public Tensor scale() {
    return scale;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    Tensor noise = Generator.standard().normal(extended(sampleShape), loc.dtype(), loc.device());
    return noise.mul(scale).add(loc);
  }

  @Override
  public Tensor logProb(Tensor value) {
    Tensor z = value.sub(loc).div(scale);
    return z.square().mul(-0.5).sub(scale.log()).sub(LOG_ROOT_2_PI);
  }

  /** The probability of a smaller value. */
  public Tensor cdf(Tensor value) {
    return value.sub(loc).div(scale).mul(Math.sqrt(0.5)).erf().add(1).mul(0.5);
  }

  /** The value below which a share {@code p} lies. */
  public Tensor icdf(Tensor p) {
    return p.mul(2).sub(1).erfinv().mul(Math.sqrt(2)).mul(scale).add(loc);
  }

  @Override
  public Tensor entropy() {
    return scale.log().add(0.5 + LOG_ROOT_2_PI);
  }

  @Override
  public Tensor mean() {
    return loc;
  }

  @Override
  public Tensor variance() {
    return scale.square();
  }
}
