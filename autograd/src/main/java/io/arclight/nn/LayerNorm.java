package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Normalises over the trailing dimensions of a given shape, then scales and shifts. */
public final class LayerNorm extends AffineNorm {
  private final Shape normalized;
  private double eps = 1e-5;

  /** Over trailing dimensions of these sizes; weight ones, bias zeros. */
  public LayerNorm(long... normalizedShape) {
    if (normalizedShape.length == 0) {
      throw new IllegalArgumentException("LayerNorm: needs the size of at least one dimension");
    }
    normalized = Shape.of(normalizedShape);
    addAffine(normalized);
  }

  /** Added to the variance; 1e-5 unless set. */
  public LayerNorm eps(double value) {
    eps = value;
    return this;
  }

  /** Without weight and bias. */
  public LayerNorm noElementwiseAffine() {
    dropAffine();
    return this;
  }

  /** Without the bias. */
  public LayerNorm noBias() {
    dropBias();
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.layerNorm(input, normalized, weight(), bias(), eps);
  }

  @Override
  protected String extra() {
    return Repr.tuple(normalized.toArray())
        + ", eps="
        + Repr.number(eps)
        + ", elementwise_affine="
        + Repr.bool(weight() != null)
        + ", bias="
        + Repr.bool(bias() != null);
  }
}
