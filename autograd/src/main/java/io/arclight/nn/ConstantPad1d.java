package io.arclight.nn;

/** Pads [n, c, length] or [c, length] with one value. */
public final class ConstantPad1d extends ConstantPadLayer {

  /** Pads all sides by {@code padding}. */
  public ConstantPad1d(long padding, Number value) {
    this(new long[] {padding}, value);
  }

  /**
   * @param padding left, right
   */
  public ConstantPad1d(long[] padding, Number value) {
    super(1, value, padding);
  }
}
