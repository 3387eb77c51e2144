package io.arclight.nn;

/**
 * Pads [n, c, height, width] or [c, height, width] with the elements near the border, mirrored at
 * it.
 */
public final class ReflectionPad2d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom
   */
  public ReflectionPad2d(long... sizes) {
    super(2, PadMode.REFLECT, sizes);
  }
}
