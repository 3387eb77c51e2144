package io.arclight.nn;

/** Pads [n, c, length] or [c, length] with the elements near the border, mirrored at it. */
public final class ReflectionPad1d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right
   */
  public ReflectionPad1d(long... sizes) {
    super(1, PadMode.REFLECT, sizes);
  }
}
