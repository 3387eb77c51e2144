package io.arclight.nn;

/** Pads [n, c, length] or [c, length] with the element at the border. */
public final class ReplicationPad1d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right
   */
  public ReplicationPad1d(long... sizes) {
    super(1, PadMode.REPLICATE, sizes);
  }
}
