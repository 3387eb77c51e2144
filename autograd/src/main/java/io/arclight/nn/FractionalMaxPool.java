package io.arclight.nn;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * A pooling by windows at random distances, which differ from call to call unless {@link #samples}
 * are given: what the layers by dimension share.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class FractionalMaxPool<T extends FractionalMaxPool<T>> extends Layer {
  private final int places;
  private final long[] kernel;
  private long[] size;
  private double[] ratio;
  @Unregistered private Tensor samples;

  FractionalMaxPool(int places, long... kernel) {
    this.places = places;
    this.kernel = kernel.clone();
  }

  abstract T self();

  abstract Pooled pooled(Tensor input, Tensor samples, long[] kernel, long[] size);

  /** So many windows; this or {@link #outputRatio} must be given. */
  public final T outputSize(long... sizes) {
    if (ratio != null) {
      throw new IllegalArgumentException(name() + ": takes an output size or a ratio, not both");
    }
    size = sizes.clone();
    return self();
  }

  /** So many windows for each element, between 0 and 1. */
  public final T outputRatio(double... ratios) {
    if (size != null) {
      throw new IllegalArgumentException(name() + ": takes an output size or a ratio, not both");
    }
    if (ratios.length != 1 && ratios.length != places) {
      throw new IllegalArgumentException(
          name() + ": takes one ratio or " + places + ", not " + ratios.length);
    }
    for (double r : ratios) {
      if (!(r > 0 && r < 1)) {
        throw new IllegalArgumentException(
            name() + ": an output ratio must be between 0 and 1, not " + r);
      }
    }
    ratio = ratios.clone();
    return self();
  }

  /**
   * Numbers on [0, 1) [n, channels, dimensions] that choose the windows, in place of random ones.
   */
  public final T samples(Tensor numbers) {
    samples = numbers;
    return self();
  }

  private String name() {
    return getClass().getSimpleName();
  }

  @Override
  public final Tensor forward(Tensor input) {
    return pooledBy(input).values();
  }

  /** As {@link #call}, with the elements' places: PyTorch's {@code return_indices}. */
  public final Pooled callWithIndices(Tensor input) {
    return within(() -> pooledBy(input));
  }

  private Pooled pooledBy(Tensor input) {
    if (size == null && ratio == null) {
      throw new IllegalStateException(name() + ": needs outputSize(...) or outputRatio(...)");
    }
    long[] out = size;
    if (out == null) {
      out = new long[places];
      for (int d = 0; d < places; d++) {
        out[d] = (long) (input.dim(d - places) * ratio[ratio.length == 1 ? 0 : d]);
      }
    }
    Tensor numbers = samples;
    if (numbers == null) {
      boolean single = input.rank() == places + 1;
      Shape shape = Shape.of(single ? 1 : input.dim(0), input.dim(-places - 1), places);
      numbers = Generator.standard().uniform(shape, input.dtype(), input.device());
    }
    return pooled(input, numbers, kernel, out);
  }
}
