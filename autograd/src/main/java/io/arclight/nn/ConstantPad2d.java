package io.arclight.nn;

/** Pads [n, c, height, width] or [c, height, width] with one value. */
public final class ConstantPad2d extends ConstantPadLayer {

  /** Pads all sides by {@code padding}. */
  public ConstantPad2d(long padding, Number value) {
    this(new long[] {padding}, value);
  }

  /**
   * @param padding left, right, top, bottom
   */
  public ConstantPad2d(long[] padding, Number value) {
    super(2, value, padding);
  }
}
