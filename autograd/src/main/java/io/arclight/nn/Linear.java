package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** {@code y = x W^T + b}: [..., inFeatures] to [..., outFeatures]; weight [out, in], bias [out]. */
public final class Linear extends Layer {
  private final long inFeatures;
  private final long outFeatures;
  private Tensor weight;
  private Tensor bias;

  /** Weights and bias uniform on ±1/sqrt(inFeatures), from the standard generator. */
  public Linear(long inFeatures, long outFeatures) {
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    double bound = inFeatures == 0 ? 0 : 1 / Math.sqrt(inFeatures);
    weight = register("weight", Init.uniform(Shape.of(outFeatures, inFeatures), -bound, bound));
    bias = register("bias", Init.uniform(Shape.of(outFeatures), -bound, bound));
  }

  /** {@link #Linear(long, long)}, to go on with options. */
  public static Linear of(long inFeatures, long outFeatures) {
    return new Linear(inFeatures, outFeatures);
  }

  /** Without the bias. */
  public Linear noBias() {
    unregister("bias");
    bias = null;
    return this;
  }

  /** Sets the bias, which it may not have had. */
  void bias(Tensor next) {
    unregister("bias");
    bias = register("bias", next.detach());
  }

  /** [outFeatures, inFeatures]. */
  public Tensor weight() {
    return weight;
  }

  /** Null without a bias. */
  public Tensor bias() {
    return bias;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.linear(input, weight, bias);
  }

  @Override
  protected String extra() {
    return "in_features="
        + inFeatures
        + ", out_features="
        + outFeatures
        + ", bias="
        + Repr.bool(bias != null);
  }
}
