package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.function.UnaryOperator;

/** A {@link Linear} whose inFeatures are the last dimension of its first input. */
public final class LazyLinear extends LazyLayer<Linear> {
  private final long outFeatures;

  /** Without options. */
  public LazyLinear(long outFeatures) {
    this(outFeatures, UnaryOperator.identity());
  }

  /** With options, such as {@code Linear::noBias}. */
  public LazyLinear(long outFeatures, UnaryOperator<Linear> options) {
    super(size -> new Linear(size, outFeatures), options);
    this.outFeatures = outFeatures;
  }

  @Override
  long size(Tensor input) {
    return input.dim(-1);
  }

  @Override
  long sizeOfSaved(Tensor weight) {
    return weight.dim(1);
  }

  @Override
  protected String extra() {
    return "in_features=0, out_features=" + outFeatures;
  }
}
