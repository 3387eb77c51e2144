package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The mean of each window of [n, channels, depth, height, width]; n may be missing. */
public final class AvgPool3d extends WindowedPool<AvgPool3d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public AvgPool3d(long... kernel) {
    super(kernel);
  }

  /** Zeros around the input; at most half of a window. */
  public AvgPool3d padding(long... sizes) {
    return with(options().padding(sizes));
  }

  /** Without padding among the elements that sums are divided by. */
  public AvgPool3d excludePadding() {
    return with(options().excludePadding());
  }

  /** Sums are divided by this, not by the elements of a window. */
  public AvgPool3d divisorOverride(long value) {
    return with(options().divisorOverride(value));
  }

  @Override
  AvgPool3d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.avgPool3d(input, options());
  }

  @Override
  protected String extra() {
    return "kernel_size="
        + text(options().kernel())
        + ", stride="
        + text(options().strideOrKernel())
        + ", padding="
        + text(options().padding());
  }
}
