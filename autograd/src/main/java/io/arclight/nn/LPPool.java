package io.arclight.nn;

/**
 * The p-norm of windows: what the layers by dimension share.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class LPPool<T extends LPPool<T>> extends WindowedPool<T> {
  final double normType;

  LPPool(double normType, long... kernel) {
    super(kernel);
    this.normType = normType;
  }

  @Override
  protected final String extra() {
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
