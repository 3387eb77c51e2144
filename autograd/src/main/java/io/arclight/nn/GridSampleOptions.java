package io.arclight.nn;

import io.arclight.tensor.op.ResampleOp.Alignment;

/**
 * How {@link Functional#gridSample} works.
 *
 * @param alignment what -1 and 1 are: outer edges, or centres of the outer elements
 */
public record GridSampleOptions(Mode mode, PaddingMode padding, Alignment alignment) {
  /** Bilinear (trilinear), with zeros around, -1 and 1 the outer edges: PyTorch's defaults. */
  public static final GridSampleOptions DEFAULT =
      new GridSampleOptions(Mode.BILINEAR, PaddingMode.ZEROS, Alignment.EDGES);

  /** What values between elements are. */
  public enum Mode {
    BILINEAR,
    NEAREST,
    /** For [n, channels, height, width] only. */
    BICUBIC
  }

  /** What lies around the input. */
  public enum PaddingMode {
    ZEROS,
    /** The outermost elements. */
    BORDER,
    /** The input, mirrored at its ends. */
    REFLECTION
  }

  /** How values between elements are found. */
  public GridSampleOptions mode(Mode value) {
    return new GridSampleOptions(value, padding, alignment);
  }

  /** What stands outside the image. */
  public GridSampleOptions padding(PaddingMode value) {
    return new GridSampleOptions(mode, value, alignment);
  }

  /** -1 and 1 are the centres of the outer elements. */
  public GridSampleOptions alignCorners() {
    return new GridSampleOptions(mode, padding, Alignment.CORNERS);
  }
}
