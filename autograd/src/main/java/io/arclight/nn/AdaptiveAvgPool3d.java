package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * The means of a number of windows that cover [n, channels, depth, height, width]; n may be
 * missing.
 */
public final class AdaptiveAvgPool3d extends Layer {
  private final long[] size;

  /** So many windows, {@link Functional#SAME} for as many as there are elements. */
  public AdaptiveAvgPool3d(long... outputSize) {
    size = outputSize.clone();
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.adaptiveAvgPool3d(input, size);
  }

  @Override
  protected String extra() {
    return "output_size=" + AdaptiveMaxPool.text(size);
  }
}
