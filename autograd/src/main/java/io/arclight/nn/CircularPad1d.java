package io.arclight.nn;

/** Pads [n, c, length] or [c, length] with the elements of the other side. */
public final class CircularPad1d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right
   */
  public CircularPad1d(long... sizes) {
    super(1, PadMode.CIRCULAR, sizes);
  }
}
