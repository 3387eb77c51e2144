package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;

/**
 * A convolution, or one of its two gradients, on host addresses: input [n, c, ...] and output [n,
 * o, ...] lie with their channels last, the weight [o, c / groups, ...] and bias [o] row-major.
 *
 * <p>The bits of a result do not depend on the number of threads. Callers keep the owners of the
 * addresses reachable.
 *
 * @param dtype of all tensors
 * @param stride and the others: an entry for each spatial dimension
 * @param biased whether there is a bias, or a gradient of one
 */
public record Convolution(
    Direction direction,
    DType dtype,
    Shape input,
    Shape output,
    Shape weight,
    Shape stride,
    Shape before,
    Shape after,
    Shape dilation,
    long groups,
    boolean biased) {

  /** What is computed. */
  public enum Direction {
    /** The output. */
    FORWARD,
    /** The input's gradient, from the output's. */
    DATA,
    /** The gradients of weight and bias. */
    WEIGHT
  }

  /** Kept, each with up to a handful of primitives. */
  private static final int MOST = 512;

  private static final OneDnnCache<Convolution, OneDnnConvolution> COMPILED =
      new OneDnnCache<>(MOST, OneDnnConvolution::new);

  /** Whether there is a library that computes this. */
  public boolean available() {
    if (dtype == DType.FLOAT64 || !OneDnn.available()) {
      return false;
    }
    OneDnnConvolution compiled = COMPILED.enter(this);
    try {
      return compiled.available();
    } finally {
      compiled.leave();
    }
  }

  /**
   * Runs what is {@link #available()}; of the four arguments one is written, in {@link
   * Direction#WEIGHT} two.
   *
   * @param bias 0 where there is none
   */
  public void run(long input, long weight, long bias, long output) {
    run(input, weight, null, bias, output);
  }

  /**
   * As the other, of a weight that is packed but once.
   *
   * @param packed of this weight alone; null where the weight may change
   */
  public void run(long input, long weight, PackedWeight packed, long bias, long output) {
    OneDnnConvolution compiled = COMPILED.enter(this);
    try {
      compiled.run(input, weight, packed, bias, output);
    } finally {
      compiled.leave();
    }
  }

  /** Multiplications and positions of the output of one element of the batch. */
  long multiplications() {
    return positions() * weight.elements();
  }

  long positions() {
    return output.elements() / (output.dim(0) * output.dim(1));
  }

  /** The same of {@code n} elements of the batch. */
  Convolution of(long n) {
    return new Convolution(
        direction,
        dtype,
        with(input, n),
        with(output, n),
        weight,
        stride,
        before,
        after,
        dilation,
        groups,
        biased);
  }

  private static Shape with(Shape shape, long n) {
    long[] dims = shape.toArray();
    dims[0] = n;
    return Shape.of(dims);
  }
}
