package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** A normalisation that may scale and shift what it gives, by weight (ones) and bias (zeros). */
public abstract class AffineNorm extends Layer {
  private Tensor weight;
  private Tensor bias;

  AffineNorm() {}

  final void addAffine(Shape shape) {
    weight = register("weight", Tensor.ones(shape));
    bias = register("bias", Tensor.zeros(shape));
  }

  final void dropAffine() {
    unregister("weight");
    weight = null;
    dropBias();
  }

  final void dropBias() {
    unregister("bias");
    bias = null;
  }

  /** Null without. */
  public final Tensor weight() {
    return weight;
  }

  /** Null without. */
  public final Tensor bias() {
    return bias;
  }
}
