package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Op;

/** What losses share. */
final class Losses {
  private Losses() {}

  static Tensor elementwise(
      String name, Op op, Tensor prediction, Tensor target, Reduction reduction) {
    requireSameShape(name, prediction, target);
    return reduction.of(Tensor.apply(op, prediction, target));
  }

  static void requireSameShape(String op, Tensor prediction, Tensor target) {
    if (!prediction.shape().equals(target.shape())) {
      throw new ShapeException(
          op
              + ": prediction "
              + prediction.shape()
              + " and target "
              + target.shape()
              + " must have one shape: broadcasting here is nearly always a mistake; reshape one");
    }
  }

  /** {@code losses} times a weight that broadcasts, or null. */
  static Tensor weighted(String op, Tensor losses, Tensor weight) {
    return weight == null ? losses : losses.mul(broadcasting(op, weight, losses));
  }

  /** {@code weight} in the dtype of {@code x}, to whose shape it broadcasts. */
  static Tensor broadcasting(String op, Tensor weight, Tensor x) {
    boolean fits = weight.rank() <= x.rank();
    for (int d = 1; fits && d <= weight.rank(); d++) {
      fits = weight.dim(-d) == 1 || weight.dim(-d) == x.dim(-d);
    }
    if (!fits) {
      throw new ShapeException(
          op
              + ": a weight of shape "
              + weight.shape()
              + " does not broadcast to "
              + x.shape()
              + ", as "
              + Shape.of(x.dim(-1))
              + " would");
    }
    return weight.to(x.dtype());
  }
}
