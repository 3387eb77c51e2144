package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * Angles of rotary position embedding (Su et al., "RoFormer", 2021): pair i of a head of {@code
 * width} turns by {@code position / base^(2i / width)}; the pairs are (x[i], x[i + width / 2]).
 *
 * <pre>{@code
 * RotaryEmbedding rotary = new RotaryEmbedding(64).base(500_000);
 * RotaryEmbedding.Angles angles = rotary.at(positions, DType.FLOAT32);
 * Tensor turned = Functional.rotary(q, angles.cos(), angles.sin());
 * }</pre>
 */
public final class RotaryEmbedding {
  /**
   * For [b, n] positions, [b, n, width] each, whose halves are equal.
   *
   * @param cos of the angles
   * @param sin of the angles
   */
  public record Angles(Tensor cos, Tensor sin) {}

  private static final double BASE = 10_000;

  private final long width;
  private double[] frequencies;

  /** With base 10000. */
  public RotaryEmbedding(long width) {
    if (width <= 0 || width % 2 != 0) {
      throw new ShapeException("RotaryEmbedding: the width must be even, not " + width);
    }
    this.width = width;
    base(BASE);
  }

  /** Sets the frequencies anew. */
  public RotaryEmbedding base(double base) {
    frequencies = new double[(int) (width / 2)];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(base, -2.0 * i / width);
    }
    return this;
  }

  /** Frequencies of one's own, such as scaled ones for longer texts; half as many as the width. */
  public RotaryEmbedding frequencies(double... perPair) {
    if (perPair.length != width / 2) {
      throw new ShapeException(
          "RotaryEmbedding: a width of "
              + width
              + " has "
              + width / 2
              + " frequencies, not "
              + perPair.length);
    }
    frequencies = perPair.clone();
    return this;
  }

  /** The frequencies as they are. */
  public double[] frequencies() {
    return frequencies.clone();
  }

  /** The angles at {@code positions}, int64 [b, n]. */
  public Angles at(Tensor positions, DType dtype) {
    Tensor each = Tensor.of(frequencies).to(DType.FLOAT32).to(positions.device());
    Tensor half = positions.to(DType.FLOAT32).unsqueeze(-1).mul(each);
    Tensor angles = Tensor.cat(-1, half, half);
    return new Angles(angles.cos().to(dtype), angles.sin().to(dtype));
  }

  /** The angles of the first {@code n} positions, [1, n, width]. */
  public Angles first(long n, DType dtype, Device device) {
    return at(Tensor.arange(0, n, 1, DType.INT64, device).unsqueeze(0), dtype);
  }
}
