package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The largest element of each window: what {@link MaxPool1d} and so on share. */
public abstract class MaxPool<T extends MaxPool<T>> extends WindowedPool<T> {
  MaxPool(long... kernel) {
    super(kernel);
  }

  /** Elements of minus infinity around the input; at most half of a window. */
  public final T padding(long... sizes) {
    return with(options().padding(sizes));
  }

  /** The distance between elements of a window; 1 unless set. */
  public final T dilation(long... sizes) {
    return with(options().dilation(sizes));
  }

  abstract Pooled pooled(Tensor input);

  @Override
  public final Tensor forward(Tensor input) {
    return pooled(input).values();
  }

  /** As {@link #call}, with the elements' places: PyTorch's {@code return_indices}. */
  public final Pooled callWithIndices(Tensor input) {
    return within(() -> pooled(input));
  }

  @Override
  protected String extra() {
    return "kernel_size="
        + text(options().kernel())
        + ", stride="
        + text(options().strideOrKernel())
        + ", padding="
        + text(options().padding())
        + ", dilation="
        + text(options().dilation())
        + ", ceil_mode="
        + ceil();
  }
}
