package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** As {@link AlphaDropout}, of whole channels: [n, c, ...]. */
public final class FeatureAlphaDropout extends DropoutLayer {
  /** A probability of 0.5. */
  public FeatureAlphaDropout() {
    this(0.5);
  }

  /** With a probability from 0 to 1. */
  public FeatureAlphaDropout(double p) {
    super(p);
  }

  @Override
  Tensor drop(Tensor input, double p) {
    return Functional.featureAlphaDropout(input, p);
  }
}
