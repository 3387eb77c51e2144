package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * The largest elements of a number of windows that cover [n, channels, length]; n may be missing.
 */
public final class AdaptiveMaxPool1d extends AdaptiveMaxPool {
  /** So many windows, {@link Functional#SAME} for as many as there are elements. */
  public AdaptiveMaxPool1d(long... outputSize) {
    super(outputSize);
  }

  @Override
  Pooled pooled(Tensor input, long[] size) {
    return Functional.adaptiveMaxPool1dWithIndices(input, size);
  }
}
