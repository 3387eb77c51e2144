package io.arclight.nn;

/** Pads [n, c, height, width] or [c, height, width] with the element at the border. */
public final class ReplicationPad2d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom
   */
  public ReplicationPad2d(long... sizes) {
    super(2, PadMode.REPLICATE, sizes);
  }
}
