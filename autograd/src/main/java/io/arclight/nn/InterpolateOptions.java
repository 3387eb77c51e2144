package io.arclight.nn;

import io.arclight.tensor.op.ResampleOp;
import io.arclight.tensor.op.ResampleOp.Alignment;
import java.util.Locale;

/**
 * How {@link Functional#interpolate} and {@link Upsample} work.
 *
 * @param size of the result's places, one for all or one for each; null where scales are given
 * @param scaleFactor of the places, one for all or one for each; null where sizes are given
 * @param recompute whether coordinates follow from the rounded sizes, not from the scales
 * @param antialias whether filters widen where the result is smaller
 */
public record InterpolateOptions(
    long[] size,
    double[] scaleFactor,
    Mode mode,
    Alignment alignment,
    Recompute recompute,
    Antialias antialias) {

  /** What values between elements are. */
  public enum Mode {
    /** The element before. */
    NEAREST,
    /** The nearest element. */
    NEAREST_EXACT,
    /** Linear along [n, channels, length]. */
    LINEAR,
    /** Linear along both of [n, channels, height, width]. */
    BILINEAR,
    /** Cubic along both of [n, channels, height, width]. */
    BICUBIC,
    /** Linear along all of [n, channels, depth, height, width]. */
    TRILINEAR,
    /** The mean of the elements that a result covers. */
    AREA,
    /** A windowed sinc along both of [n, channels, height, width]; with antialiasing only. */
    LANCZOS;

    /** As PyTorch names it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Where coordinates follow from. */
  public enum Recompute {
    FROM_SCALE,
    FROM_SIZE
  }

  /** Whether filters widen where the result is smaller. */
  public enum Antialias {
    OFF,
    ON
  }

  /** To these sizes, by the nearest elements. */
  public static InterpolateOptions size(long... sizes) {
    return new InterpolateOptions(
        sizes.clone(), null, Mode.NEAREST, Alignment.EDGES, Recompute.FROM_SCALE, Antialias.OFF);
  }

  /** By these factors, by the nearest elements. */
  public static InterpolateOptions scaleFactor(double... factors) {
    return new InterpolateOptions(
        null, factors.clone(), Mode.NEAREST, Alignment.EDGES, Recompute.FROM_SCALE, Antialias.OFF);
  }

  /** How values between elements are found. */
  public InterpolateOptions mode(Mode value) {
    return new InterpolateOptions(size, scaleFactor, value, alignment, recompute, antialias);
  }

  /** The centres of the outer elements lie upon each other, not their outer edges. */
  public InterpolateOptions alignCorners() {
    return new InterpolateOptions(size, scaleFactor, mode, Alignment.CORNERS, recompute, antialias);
  }

  /** Coordinates follow from the rounded sizes, not from the scales. */
  public InterpolateOptions recomputeScaleFactor() {
    return new InterpolateOptions(
        size, scaleFactor, mode, alignment, Recompute.FROM_SIZE, antialias);
  }

  /** Filters widen where the result is smaller: for bilinear and bicubic. */
  public InterpolateOptions antialiased() {
    return new InterpolateOptions(size, scaleFactor, mode, alignment, recompute, Antialias.ON);
  }

  ResampleOp.Filter filter() {
    boolean wide = antialias == Antialias.ON;
    return switch (mode) {
      case NEAREST -> ResampleOp.Filter.NEAREST;
      case NEAREST_EXACT -> ResampleOp.Filter.NEAREST_EXACT;
      case BICUBIC -> wide ? ResampleOp.Filter.CUBIC_ANTIALIAS : ResampleOp.Filter.CUBIC;
      case LANCZOS -> ResampleOp.Filter.LANCZOS_ANTIALIAS;
      default -> wide ? ResampleOp.Filter.LINEAR_ANTIALIAS : ResampleOp.Filter.LINEAR;
    };
  }
}
