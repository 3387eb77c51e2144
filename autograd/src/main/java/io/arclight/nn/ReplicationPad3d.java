package io.arclight.nn;

/**
 * Pads [n, c, depth, height, width] or [c, depth, height, width] with the element at the border.
 */
public final class ReplicationPad3d extends PadLayer {

  /**
   * @param sizes one for all sides, or left, right, top, bottom, front, back
   */
  public ReplicationPad3d(long... sizes) {
    super(3, PadMode.REPLICATE, sizes);
  }
}
