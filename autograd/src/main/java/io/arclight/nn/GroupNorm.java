package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * Normalises groups of neighbouring channels of each sample of [n, channels, ...], then scales and
 * shifts each channel; weight ones, bias zeros.
 */
public final class GroupNorm extends AffineNorm {
  private final long numGroups;
  private final long numChannels;
  private double eps = 1e-5;

  /**
   * @throws IllegalArgumentException if the channels cannot be divided into the groups
   */
  public GroupNorm(long numGroups, long numChannels) {
    if (numGroups < 1 || numChannels % numGroups != 0) {
      throw new IllegalArgumentException(
          "GroupNorm: "
              + numChannels
              + " channels cannot be divided into "
              + numGroups
              + " groups: the number of channels must be a multiple");
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    addAffine(Shape.of(numChannels));
  }

  /** Added to the variance; 1e-5 unless set. */
  public GroupNorm eps(double value) {
    eps = value;
    return this;
  }

  /** Without weight and bias. */
  public GroupNorm noAffine() {
    dropAffine();
    return this;
  }

  /** Without the bias. */
  public GroupNorm noBias() {
    dropBias();
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    if (input.rank() >= 2 && input.dim(1) != numChannels) {
      throw new ShapeException(
          "GroupNorm: expects "
              + numChannels
              + " channels in dimension 1, got shape "
              + input.shape());
    }
    return Functional.groupNorm(input, numGroups, weight(), bias(), eps);
  }

  @Override
  protected String extra() {
    return numGroups
        + ", "
        + numChannels
        + ", eps="
        + Repr.number(eps)
        + ", affine="
        + Repr.bool(weight() != null)
        + ", bias="
        + Repr.bool(bias() != null);
  }
}
