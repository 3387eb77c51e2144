package io.arclight.nn;

/** Pads [n, c, height, width] or [c, height, width] with the elements of the other side. */
public final class CircularPad2d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom
   */
  public CircularPad2d(long... sizes) {
    super(2, PadMode.CIRCULAR, sizes);
  }
}
