package io.arclight.nn;

/** Pads [n, c, depth, height, width] or [c, depth, height, width] with one value. */
public final class ConstantPad3d extends ConstantPadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom, front, back
   */
  public ConstantPad3d(Number value, long... sizes) {
    super(3, value, sizes);
  }
}
