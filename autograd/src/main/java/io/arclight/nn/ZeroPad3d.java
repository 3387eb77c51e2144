package io.arclight.nn;

/** Pads [n, c, depth, height, width] or [c, depth, height, width] with zeros. */
public final class ZeroPad3d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom, front, back
   */
  public ZeroPad3d(long... sizes) {
    super(3, PadMode.CONSTANT, sizes);
  }
}
