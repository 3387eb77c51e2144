package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * Normalises groups of neighbouring channels of each sample of [n, channels, ...], then scales and
 * shifts each channel; weight ones, bias zeros.
 */
public final class GroupNorm extends Layer {
  private final long numGroups;
  private final long numChannels;
  private double eps = 1e-5;
  private Tensor weight;
  private Tensor bias;

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
    weight = register("weight", Tensor.ones(Shape.of(numChannels)));
    bias = register("bias", Tensor.zeros(Shape.of(numChannels)));
  }

  /** Added to the variance; 1e-5 unless set. */
  public GroupNorm eps(double value) {
    eps = value;
    return this;
  }

  /** Without weight and bias. */
  public GroupNorm noAffine() {
    unregister("weight");
    weight = null;
    return noBias();
  }

  /** Without the bias. */
  public GroupNorm noBias() {
    unregister("bias");
    bias = null;
    return this;
  }

  /** Null without. */
  public Tensor weight() {
    return weight;
  }

  /** Null without. */
  public Tensor bias() {
    return bias;
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
    return Functional.groupNorm(input, numGroups, weight, bias, eps);
  }

  @Override
  protected String extra() {
    return numGroups
        + ", "
        + numChannels
        + ", eps="
        + Repr.number(eps)
        + ", affine="
        + Repr.bool(weight != null)
        + ", bias="
        + Repr.bool(bias != null);
  }
}
