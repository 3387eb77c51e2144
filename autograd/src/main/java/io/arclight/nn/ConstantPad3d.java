package io.arclight.nn;

/** Pads [n, c, depth, height, width] or [c, depth, height, width] with one value. */
public final class ConstantPad3d extends ConstantPadLayer {

  /** Pads all sides by {@code padding}. */
  public ConstantPad3d(long padding, Number value) {
    this(new long[] {padding}, value);
  }

  /**
   * @param padding left, right, top, bottom, front, back
   */
  public ConstantPad3d(long[] padding, Number value) {
    super(3, value, padding);
  }
}
