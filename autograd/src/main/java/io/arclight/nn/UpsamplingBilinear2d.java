package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** [n, channels, height, width] resized bilinearly, corner upon corner. */
public final class UpsamplingBilinear2d extends Layer {
  private final InterpolateOptions options;

  private UpsamplingBilinear2d(InterpolateOptions options) {
    this.options = options.mode(InterpolateOptions.Mode.BILINEAR).alignCorners();
  }

  /** To these sizes, one for both or one for each. */
  public static UpsamplingBilinear2d size(long... sizes) {
    return new UpsamplingBilinear2d(InterpolateOptions.size(sizes));
  }

  /** By these factors, one for both or one for each. */
  public static UpsamplingBilinear2d scaleFactor(double... factors) {
    return new UpsamplingBilinear2d(InterpolateOptions.scaleFactor(factors));
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.interpolate(input, options);
  }

  @Override
  protected String extra() {
    return Upsample.text(options);
  }
}
