package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** A layer that pads the last dimensions, see {@link Functional#pad}. */
public abstract class PadLayer extends Layer {
  private final PadMode mode;
  private final long[] sizes;

  PadLayer(int n, PadMode mode, long... sizes) {
    this.mode = mode;
    if (sizes.length != 1 && sizes.length != 2 * n) {
      throw new IllegalArgumentException(
          "%s: expects 1 or %d sizes, from the last dimension on, got %d"
              .formatted(getClass().getSimpleName(), 2 * n, sizes.length));
    }
    this.sizes = sizes.length == 2 * n ? sizes.clone() : filled(2 * n, sizes[0]);
  }

  private static long[] filled(int n, long value) {
    long[] out = new long[n];
    java.util.Arrays.fill(out, value);
    return out;
  }

  final long[] sizes() {
    return sizes.clone();
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.pad(input, mode, sizes);
  }

  @Override
  protected String extra() {
    return Sizes.tuple(sizes);
  }
}
