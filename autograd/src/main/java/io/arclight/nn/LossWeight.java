package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.Arrays;

/** Weights of a loss as plain numbers, which travel with it. */
public final class LossWeight implements Serializable {
  private static final long serialVersionUID = 1L;

  private final double[] values;
  private final long[] sizes;

  private LossWeight(double[] values, long[] sizes) {
    this.values = values;
    this.sizes = sizes;
  }

  /** The numbers of {@code weight}; null gives null. */
  public static LossWeight of(Tensor weight) {
    return weight == null
        ? null
        : new LossWeight(
            weight.detach().to(Device.CPU).to(DType.FLOAT64).toDoubles(), weight.shape().toArray());
  }

  /** As a tensor beside {@code like}, in its dtype; null gives null. */
  static Tensor beside(LossWeight weight, Tensor like) {
    return weight == null
        ? null
        : Tensor.of(weight.values)
            .reshape(Shape.of(weight.sizes))
            .to(like.dtype())
            .to(like.device());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LossWeight w
        && Arrays.equals(values, w.values)
        && Arrays.equals(sizes, w.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }
}
