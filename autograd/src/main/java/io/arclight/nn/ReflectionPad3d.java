package io.arclight.nn;

/**
 * Pads [n, c, depth, height, width] or [c, depth, height, width] with the elements near the border,
 * mirrored at it.
 */
public final class ReflectionPad3d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom, front, back
   */
  public ReflectionPad3d(long... sizes) {
    super(3, PadMode.REFLECT, sizes);
  }
}
