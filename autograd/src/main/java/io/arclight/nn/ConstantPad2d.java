package io.arclight.nn;

/** Pads [n, c, height, width] or [c, height, width] with one value. */
public final class ConstantPad2d extends ConstantPadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom
   */
  public ConstantPad2d(Number value, long... sizes) {
    super(2, value, sizes);
  }
}
