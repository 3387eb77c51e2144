package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** [..., channels, height r, width r] to [..., channels r^2, height, width]. */
public final class PixelUnshuffle extends Layer {
  private final long downscaleFactor;

  /** To images smaller by this factor. */
  public PixelUnshuffle(long downscaleFactor) {
    this.downscaleFactor = downscaleFactor;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.pixelUnshuffle(input, downscaleFactor);
  }

  @Override
  protected String extra() {
    return "downscale_factor=" + downscaleFactor;
  }
}
