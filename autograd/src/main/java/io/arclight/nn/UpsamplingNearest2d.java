package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** [n, channels, height, width] resized by the nearest elements. */
public final class UpsamplingNearest2d extends Layer {
  private final InterpolateOptions options;

  private UpsamplingNearest2d(InterpolateOptions options) {
    this.options = options.mode(InterpolateOptions.Mode.NEAREST);
  }

  /** To these sizes, one for both or one for each. */
  public static UpsamplingNearest2d size(long... sizes) {
    return new UpsamplingNearest2d(InterpolateOptions.size(sizes));
  }

  /** By these factors, one for both or one for each. */
  public static UpsamplingNearest2d scaleFactor(double... factors) {
    return new UpsamplingNearest2d(InterpolateOptions.scaleFactor(factors));
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
