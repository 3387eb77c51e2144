package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** [..., channels r^2, height, width] to [..., channels, height r, width r]. */
public final class PixelShuffle extends Layer {
  private final long upscaleFactor;

  /** To images larger by this factor. */
  public PixelShuffle(long upscaleFactor) {
    this.upscaleFactor = upscaleFactor;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.pixelShuffle(input, upscaleFactor);
  }

  @Override
  protected String extra() {
    return "upscale_factor=" + upscaleFactor;
  }
}
