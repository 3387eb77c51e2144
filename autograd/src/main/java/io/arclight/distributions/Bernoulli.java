package io.arclight.distributions;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** 1 with a probability, else 0. */
public final class Bernoulli extends Distribution {
  private final Tensor logits;
  private final Tensor probs;

  private Bernoulli(Tensor logits, Tensor probs) {
    super(probs.shape(), Shape.SCALAR);
    this.logits = logits;
    this.probs = probs;
  }

  /**
   * Ones with probabilities {@code probs}.
   *
   * @throws io.arclight.tensor.DataException for a probability outside [0, 1]
   */
  public static Bernoulli ofProbs(Tensor probs) {
    Tensor p = probs.detach();
    require(probs, p.ge(0).logicalAnd(p.le(1)), "Bernoulli: probabilities must be in [0, 1]");
    // At 0 and 1 the logits would be infinite, and 0 times them NaN.
    double eps = probs.dtype().finfo().eps();
    Tensor inner = probs.clamp(eps, 1 - eps);
    return new Bernoulli(inner.log().sub(inner.neg().log1p()), probs);
  }

  /** Probabilities {@code sigmoid(logits)}. */
  public static Bernoulli ofLogits(Tensor logits) {
    return new Bernoulli(logits, logits.sigmoid());
  }

  /** The probabilities of 1. */
  public Tensor probs() {
    return probs;
  }

  /** Their log-odds. */
  public Tensor logits() {
    return logits;
  }

  @Override
  public boolean reparameterized() {
    return false;
  }

  @Override
  Tensor draw(Shape sampleShape) {
    return probs.expand(extended(sampleShape)).bernoulli();
  }

  @Override
  public Tensor logProb(Tensor value) {
    require(
        value,
        value.detach().eq(0).logicalOr(value.detach().eq(1)),
        "Bernoulli: a value must be 0 or 1");
    return value.mul(logits).sub(logits.softplus());
  }

  @Override
  public Tensor entropy() {
    return logits.softplus().sub(probs.mul(logits));
  }

  @Override
  public Tensor mean() {
    return probs;
  }

  @Override
  public Tensor variance() {
    return probs.mul(probs.neg().add(1));
  }
}
