package io.arclight.nn;

/** [n, channels, height, width] resized by the nearest elements. */
public final class UpsamplingNearest2d extends Upsample {
  private UpsamplingNearest2d(InterpolateOptions options) {
    super(options.mode(InterpolateOptions.Mode.NEAREST));
  }

  /** To these sizes, one for both or one for each. */
  public static UpsamplingNearest2d size(long... sizes) {
    return new UpsamplingNearest2d(InterpolateOptions.size(sizes));
  }

  /** By these factors, one for both or one for each. */
  public static UpsamplingNearest2d scaleFactor(double... factors) {
    return new UpsamplingNearest2d(InterpolateOptions.scaleFactor(factors));
  }
}
