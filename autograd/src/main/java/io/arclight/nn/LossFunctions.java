package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** Losses and distances. */
abstract class LossFunctions extends VisionFunctions {
  LossFunctions() {}

  /** Cross-entropy of {@code logits} [n, classes] against {@code target} int64 [n]. */
  public static Tensor crossEntropy(Tensor logits, Tensor target, Reduction reduction) {
    return reduction.of(logits.crossEntropyRows(target));
  }

  public static Tensor crossEntropy(Tensor logits, Tensor target) {
    return crossEntropy(logits, target, Reduction.MEAN);
  }

  public static Tensor mseLoss(Tensor prediction, Tensor target, Reduction reduction) {
    requireSameShape("mseLoss", prediction, target);
    return reduction.of(Context.wide(prediction).sub(Context.wide(target)).square());
  }

  public static Tensor l1Loss(Tensor prediction, Tensor target, Reduction reduction) {
    requireSameShape("l1Loss", prediction, target);
    return reduction.of(Context.wide(prediction).sub(Context.wide(target)).abs());
  }

  /** Binary cross-entropy of sigmoid({@code logits}), stable for any logit. */
  public static Tensor binaryCrossEntropyWithLogits(
      Tensor logits, Tensor target, Reduction reduction) {
    requireSameShape("binaryCrossEntropyWithLogits", logits, target);
    Tensor z = Context.wide(logits);
    return reduction.of(z.softplus().sub(z.mul(Context.wide(target))));
  }

  private static void requireSameShape(String op, Tensor prediction, Tensor target) {
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
}
