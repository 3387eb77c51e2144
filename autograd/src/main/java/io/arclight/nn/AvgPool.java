package io.arclight.nn;

/**
 * The mean of each window: what {@link AvgPool1d} and so on share.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class AvgPool<T extends AvgPool<T>> extends WindowedPool<T> {
  AvgPool(long... kernel) {
    super(kernel);
  }

  /** Zeros around the input; at most half of a window. */
  public final T padding(long... sizes) {
    return with(options().padding(sizes));
  }

  /** Without padding among the elements that sums are divided by. */
  public final T excludePadding() {
    return with(options().excludePadding());
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
