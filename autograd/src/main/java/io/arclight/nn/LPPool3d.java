package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The p-norm of each window of [n, channels, depth, height, width]; n may be missing. */
public final class LPPool3d extends WindowedPool<LPPool3d> {
  private final double normType;

  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public LPPool3d(double normType, long... kernel) {
    super(kernel);
    this.normType = normType;
  }

  @Override
  LPPool3d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.lpPool3d(input, normType, options());
  }

  @Override
  protected String extra() {
    return "norm_type="
        + Repr.number(normType)
        + ", kernel_size="
        + text(options().kernel())
        + ", stride="
        + (options().stride() == null ? "None" : text(options().stride()))
        + ", ceil_mode="
        + ceil();
  }
}
