package io.arclight.distributions;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The exponential distribution of a rate. */
public final class Exponential extends Distribution {
  private final Tensor rate;

  /**
   * @throws io.arclight.tensor.DataException for a rate that is not positive
   */
  public Exponential(Tensor rate) {
    super(rate.shape(), Shape.SCALAR);
    this.rate = positive(rate, "Exponential: rate");
  }

  /** The inverse of the mean. */
  public Tensor rate() {
    return rate;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    return Generator.standard()
        .exponential(extended(sampleShape), rate.dtype(), rate.device())
        .div(rate);
  }

  @Override
  public Tensor logProb(Tensor value) {
    require(value, value.detach().ge(0), "Exponential: a value must not be negative");
    return rate.log().sub(rate.mul(value));
  }

  /** The probability of a smaller value. */
  public Tensor cdf(Tensor value) {
    return rate.mul(value).neg().expm1().neg();
  }

  /** The value below which a share {@code p} lies. */
  public Tensor icdf(Tensor p) {
    return p.neg().log1p().neg().div(rate);
  }

  @Override
  public Tensor entropy() {
    return rate.log().neg().add(1);
  }

  @Override
  public Tensor mean() {
    return rate.reciprocal();
  }

  @Override
  public Tensor variance() {
    return rate.square().reciprocal();
  }
}
