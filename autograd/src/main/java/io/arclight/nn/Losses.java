package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.LossOp;
import io.arclight.tensor.op.Op;
import java.util.Arrays;

/** What losses share. */
final class Losses {
  private Losses() {}

  static Tensor elementwise(
      String name, Op op, Tensor prediction, Tensor target, Reduction reduction) {
    requireSameShape(name, prediction, target);
    return reduction.of(op, prediction, target);
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

  /** What {@code reduction} makes of {@code each}, times a weight that broadcasts, or null. */
  static Tensor weighted(String name, Reduction reduction, Op each, Tensor weight, Tensor... in) {
    if (weight == null) {
      return reduction.of(each, in);
    }
    Tensor[] all = Arrays.copyOf(in, in.length + 1);
    all[in.length] = broadcasting(name, weight, in[0]);
    return reduction == Reduction.NONE
        ? Tensor.apply(each, in).mul(all[in.length])
        : Tensor.apply(new LossOp(each, reduction.total(), LossOp.Weight.EACH), all);
  }

  /** {@code weight} in the dtype of {@code x}, to whose shape it broadcasts. */
  static Tensor broadcasting(String op, Tensor weight, Tensor x) {
    if (!weight.shape().broadcastsTo(x.shape())) {
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
