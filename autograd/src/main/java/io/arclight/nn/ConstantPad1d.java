package io.arclight.nn;

/** Pads [n, c, length] or [c, length] with one value. */
public final class ConstantPad1d extends ConstantPadLayer {

  /**
   * @param sizes one for all sides, or left, right
   */
  public ConstantPad1d(Number value, long... sizes) {
    super(1, value, sizes);
  }
}
