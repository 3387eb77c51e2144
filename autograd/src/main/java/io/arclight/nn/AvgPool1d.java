package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The mean of each window of [n, channels, length]; n may be missing. */
public final class AvgPool1d extends AvgPool<AvgPool1d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public AvgPool1d(long... kernel) {
    super(kernel);
  }

  @Override
  AvgPool1d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.avgPool1d(input, options());
  }

  @Override
  protected String extra() {
    return "kernel_size="
        + Repr.tuple(PoolOptions.spread("size", options().kernel(), 1).toArray())
        + ", stride="
        + Repr.tuple(PoolOptions.spread("size", options().strideOrKernel(), 1).toArray())
        + ", padding="
        + Repr.tuple(PoolOptions.spread("size", options().padding(), 1).toArray());
  }
}
