package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Divides by the root mean square over trailing dimensions of a given shape, then scales. */
public final class RMSNorm extends Layer {
  private final Shape normalized;
  private Double eps;
  private Tensor weight;

  /** Over trailing dimensions of these sizes; weight ones. */
  public RMSNorm(long... normalizedShape) {
    if (normalizedShape.length == 0) {
      throw new IllegalArgumentException("RMSNorm: needs the size of at least one dimension");
    }
    normalized = Shape.of(normalizedShape);
    weight = register("weight", Tensor.ones(normalized));
  }

  /** Added to the mean square; unless set, the smallest step from 1 of what is computed in. */
  public RMSNorm eps(double value) {
    eps = value;
    return this;
  }

  /** Without the weight. */
  public RMSNorm noElementwiseAffine() {
    unregister("weight");
    weight = null;
    return this;
  }

  /** Null without. */
  public Tensor weight() {
    return weight;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.rmsNorm(input, normalized, weight, eps);
  }

  @Override
  protected String extra() {
    return Repr.tuple(normalized.toArray())
        + ", eps="
        + (eps == null ? "None" : Repr.number(eps))
        + ", elementwise_affine="
        + Repr.bool(weight != null);
  }
}
