package io.arclight.nn;

/** Pads [n, c, length] or [c, length] with zeros. */
public final class ZeroPad1d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right
   */
  public ZeroPad1d(long... sizes) {
    super(1, PadMode.CONSTANT, sizes);
  }
}
