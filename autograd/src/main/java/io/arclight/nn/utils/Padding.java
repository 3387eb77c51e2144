package io.arclight.nn.utils;

/**
 * How sequences of different lengths become one tensor.
 *
 * @param total steps of the tensor; 0 for those of the longest sequence
 */
public record Padding(First first, double value, Side side, long total) {
  /** Which dimension comes first. */
  public enum First {
    STEPS,
    BATCH
  }

  /** Where what sequences lack is filled in. */
  public enum Side {
    RIGHT,
    LEFT
  }

  /** [steps, batch, ...], zeros at the right, as long as the longest sequence. */
  public static Padding standard() {
    return new Padding(First.STEPS, 0, Side.RIGHT, 0);
  }

  /** As [batch, steps, ...]. */
  public Padding batchFirst() {
    return new Padding(First.BATCH, value, side, total);
  }

  /** Filled with {@code other}. */
  public Padding value(double other) {
    return new Padding(first, other, side, total);
  }

  /** Filled at the beginning. */
  public Padding left() {
    return new Padding(first, value, Side.LEFT, total);
  }

  /** Of {@code steps} steps, at least those of the longest sequence. */
  public Padding totalLength(long steps) {
    return new Padding(first, value, side, steps);
  }
}
