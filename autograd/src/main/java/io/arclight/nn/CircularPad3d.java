package io.arclight.nn;

/**
 * Pads [n, c, depth, height, width] or [c, depth, height, width] with the elements of the other
 * side.
 */
public final class CircularPad3d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom, front, back
   */
  public CircularPad3d(long... sizes) {
    super(3, PadMode.CIRCULAR, sizes);
  }
}
