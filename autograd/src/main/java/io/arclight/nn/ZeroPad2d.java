package io.arclight.nn;

/** Pads [n, c, height, width] or [c, height, width] with zeros. */
public final class ZeroPad2d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom
   */
  public ZeroPad2d(long... sizes) {
    super(2, PadMode.CONSTANT, sizes);
  }
}
