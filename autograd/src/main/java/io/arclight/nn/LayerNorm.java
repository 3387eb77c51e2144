package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** Normalises over the trailing dimensions of a given shape, then scales and shifts. */
public final class LayerNorm extends Layer {
  private static final double EPS = 1e-5;

  private final Shape normalized;
  private double eps = EPS;
  private Tensor weight;
  private Tensor bias;

  /** Over trailing dimensions of these sizes; weight ones, bias zeros. */
  public LayerNorm(long... normalizedShape) {
    if (normalizedShape.length == 0) {
      throw new IllegalArgumentException("LayerNorm: needs the size of at least one dimension");
    }
    normalized = Shape.of(normalizedShape);
    weight = register("weight", Tensor.ones(normalized));
    bias = register("bias", Tensor.zeros(normalized));
  }

  /** Added to the variance; 1e-5 unless set. */
  public LayerNorm eps(double value) {
    eps = value;
    return this;
  }

  public Tensor weight() {
    return weight;
  }

  public Tensor bias() {
    return bias;
  }

  @Override
  public Tensor forward(Tensor input) {
    int first = input.rank() - normalized.rank();
    long[] sizes = input.shape().toArray();
    if (first < 0
        || !Arrays.equals(sizes, first, sizes.length, normalized.toArray(), 0, normalized.rank())) {
      throw new ShapeException(
          "LayerNorm: expects trailing dimensions " + normalized + ", got shape " + input.shape());
    }
    if (normalized.rank() == 1) {
      return input.layerNorm(weight, bias, eps);
    }
    long n = normalized.elements();
    long[] flat = Arrays.copyOf(sizes, first + 1);
    flat[first] = n;
    return input
        .reshape(flat)
        .layerNorm(weight.reshape(n), bias.reshape(n), eps)
        .reshape(input.shape());
  }

  @Override
  protected String extra() {
    return normalized + ", eps=" + eps;
  }
}
