package io.arclight.nn;

/** [n, channels, height, width] resized bilinearly, corner upon corner. */
public final class UpsamplingBilinear2d extends Upsample {
  private UpsamplingBilinear2d(InterpolateOptions options) {
    super(options.mode(InterpolateOptions.Mode.BILINEAR).alignCorners());
  }

  /** To these sizes, one for both or one for each. */
  public static UpsamplingBilinear2d size(long... sizes) {
    return new UpsamplingBilinear2d(InterpolateOptions.size(sizes));
  }

  /** By these factors, one for both or one for each. */
  public static UpsamplingBilinear2d scaleFactor(double... factors) {
    return new UpsamplingBilinear2d(InterpolateOptions.scaleFactor(factors));
  }
}
