package io.arclight.distributions;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** The gamma distribution of a shape ("concentration") and a rate. */
public final class Gamma extends Distribution {
  private final Tensor concentration;
  private final Tensor rate;

  /**
   * @throws io.arclight.tensor.DataException for a parameter that is not positive
   */
  public Gamma(Tensor concentration, Tensor rate) {
    super(Shape.broadcast(concentration.shape(), rate.shape()), Shape.SCALAR);
    this.concentration = positive(concentration, "Gamma: concentration").expand(batchShape());
    this.rate = positive(rate, "Gamma: rate").expand(batchShape());
  }

  /** The shape parameter. */
  public Tensor concentration() {
    return concentration;
  }

  /** The inverse of the scale. */
  public Tensor rate() {
    return rate;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    return standard(concentration.expand(extended(sampleShape))).div(rate);
  }

  /** Of rate 1, never 0, so that logarithms are finite. */
  static Tensor standard(Tensor concentration) {
    return Generator.standard()
        .standardGamma(concentration)
        .clamp(concentration.dtype().finfo().tiny(), null);
  }

  @Override
  public Tensor logProb(Tensor value) {
    require(value, value.detach().ge(0), "Gamma: a value must not be negative");
    return concentration
        .xlogy(rate)
        .add(concentration.sub(1).xlogy(value))
        .sub(rate.mul(value))
        .sub(concentration.lgamma());
  }

  @Override
  public Tensor entropy() {
    return concentration
        .sub(rate.log())
        .add(concentration.lgamma())
        .add(concentration.neg().add(1).mul(concentration.digamma()));
  }

  @Override
  public Tensor mean() {
    return concentration.div(rate);
  }

  @Override
  public Tensor variance() {
    return concentration.div(rate.square());
  }
}
