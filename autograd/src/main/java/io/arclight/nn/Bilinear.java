package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * {@code y[o] = x1^T W[o] x2 + b[o]}: [..., in1Features] and [..., in2Features] to [...,
 * outFeatures]; weight [out, in1, in2], bias [out].
 */
public final class Bilinear extends Module {
  private final long in1Features;
  private final long in2Features;
  private final long outFeatures;
  private Tensor weight;
  private Tensor bias;

  /** Weights and bias uniform on ±1/sqrt(in1Features), from the standard generator. */
  public Bilinear(long in1Features, long in2Features, long outFeatures) {
    if (in1Features <= 0) {
      throw new IllegalArgumentException(
          "Bilinear: in1Features must be positive, not " + in1Features);
    }
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    double bound = 1 / Math.sqrt(in1Features);
    Shape shape = Shape.of(outFeatures, in1Features, in2Features);
    weight = register("weight", Init.uniform(shape, -bound, bound));
    bias = register("bias", Init.uniform(Shape.of(outFeatures), -bound, bound));
  }

  /** Without the bias. */
  public Bilinear noBias() {
    unregister("bias");
    bias = null;
    return this;
  }

  /** [outFeatures, in1Features, in2Features]. */
  public Tensor weight() {
    return weight;
  }

  /** Null without a bias. */
  public Tensor bias() {
    return bias;
  }

  /** {@link #forward} as a call of this module. */
  public Tensor call(Tensor input1, Tensor input2) {
    return within(() -> forward(input1, input2));
  }

  /** {@link Functional#bilinear}. */
  public Tensor forward(Tensor input1, Tensor input2) {
    return Functional.bilinear(input1, input2, weight, bias);
  }

  @Override
  protected String extra() {
    return "in1_features="
        + in1Features
        + ", in2_features="
        + in2Features
        + ", out_features="
        + outFeatures
        + ", bias="
        + (bias == null ? "False" : "True");
  }
}
