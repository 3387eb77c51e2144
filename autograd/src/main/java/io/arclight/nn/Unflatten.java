package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Splits dimension {@code dim} into several: [n, a * b] to [n, a, b]; one size may be -1. */
public final class Unflatten extends Layer {
  private final int dim;
  private final long[] sizes;

  /** {@code dim} to dimensions of these sizes, of which one may be -1. */
  public Unflatten(int dim, long... sizes) {
    if (sizes.length == 0) {
      throw new IllegalArgumentException("Unflatten: needs at least one size");
    }
    this.dim = dim;
    this.sizes = sizes.clone();
  }

  /** As {@link #Unflatten(int, long...)}. */
  public Unflatten(int dim, Shape shape) {
    this(dim, shape.toArray());
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.unflatten(dim, sizes);
  }

  @Override
  protected String extra() {
    return "dim="
        + dim
        + ", unflattened_size="
        + java.util.Arrays.toString(sizes).replace('[', '(').replace(']', ')');
  }
}
