package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Puts values back to where a max pooling took them from: what the layers by dimension share.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class MaxUnpool<T extends MaxUnpool<T>> extends Module {
  private final int places;
  private PoolOptions options;

  MaxUnpool(int places, long... kernel) {
    this.places = places;
    options = PoolOptions.of(kernel);
  }

  abstract T self();

  /** The pooling's; the kernel's sizes unless set. */
  public final T stride(long... sizes) {
    options = options.stride(sizes);
    return self();
  }

  /** The pooling's. */
  public final T padding(long... sizes) {
    options = options.padding(sizes);
    return self();
  }

  final PoolOptions options() {
    return options;
  }

  /** Values and places, of one shape, to the size that the pooling's options lead to. */
  public abstract Tensor forward(Tensor input, Tensor indices);

  /** As {@link #forward(Tensor, Tensor)}, to the places {@code outputSize}. */
  public abstract Tensor forward(Tensor input, Tensor indices, long... outputSize);

  /** Runs {@link #forward(Tensor, Tensor)} as a call of this module. */
  public final Tensor call(Tensor input, Tensor indices) {
    return within(() -> forward(input, indices));
  }

  /** Runs {@link #forward(Tensor, Tensor, long...)} as a call of this module. */
  public final Tensor call(Tensor input, Tensor indices, long... outputSize) {
    return within(() -> forward(input, indices, outputSize));
  }

  @Override
  protected String extra() {
    return "kernel_size="
        + Repr.tuple(PoolOptions.spread("kernel", options.kernel(), places).toArray())
        + ", stride="
        + Repr.tuple(PoolOptions.spread("stride", options.strideOrKernel(), places).toArray())
        + ", padding="
        + Repr.tuple(PoolOptions.spread("padding", options.padding(), places).toArray());
  }
}
