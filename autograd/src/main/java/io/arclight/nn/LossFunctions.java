package io.arclight.nn;

import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.CrossEntropyOp;
import io.arclight.tensor.op.CrossEntropyOp.Input;
import io.arclight.tensor.op.CrossEntropyOp.Total;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.ProbabilityCrossEntropyOp;

/** Losses of predictions against targets. */
abstract class LossFunctions extends MarginFunctions {
  /** The target that no loss counts unless another is given. */
  static final long IGNORE_INDEX = -100;

  LossFunctions() {}

  // ---- classes

  /** The mean cross-entropy of {@code logits} [n, classes, ...] against {@code target}. */
  public static Tensor crossEntropy(Tensor logits, Tensor target) {
    return crossEntropy(logits, target, Reduction.MEAN);
  }

  public static Tensor crossEntropy(Tensor logits, Tensor target, Reduction reduction) {
    return crossEntropy(logits, target, null, IGNORE_INDEX, 0, reduction);
  }

  /**
   * Cross-entropy of logits.
   *
   * @param logits [n, classes, ...] or [classes]
   * @param target classes, int64 [n, ...], or probabilities in the shape of the logits
   * @param weight of the classes, [classes], or null; a mean is weighted by those of the targets
   * @param ignoreIndex the class that counts nothing
   * @param labelSmoothing the share of a target that all classes divide between them, 0 to 1
   * @throws io.arclight.tensor.DataException for a target that is not a class
   */
  public static Tensor crossEntropy(
      Tensor logits,
      Tensor target,
      Tensor weight,
      long ignoreIndex,
      double labelSmoothing,
      Reduction reduction) {
    if (logits.rank() == 1) {
      Tensor one =
          crossEntropy(
              logits.unsqueeze(0),
              target.unsqueeze(0),
              weight,
              ignoreIndex,
              labelSmoothing,
              reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    if (target.dtype().isFloatingPoint()) {
      Op op = new ProbabilityCrossEntropyOp(labelSmoothing);
      return reduction.of(Tensor.applyAll(op, with(weight, logits, target))[0]);
    }
    return ofClasses(
        new CrossEntropyOp(Input.LOGITS, ignoreIndex, labelSmoothing, total(reduction)),
        reduction,
        with(weight, logits, target));
  }

  /** The mean of the negative log-probabilities [n, classes, ...] of {@code target} [n, ...]. */
  public static Tensor nllLoss(Tensor input, Tensor target) {
    return nllLoss(input, target, null, IGNORE_INDEX, Reduction.MEAN);
  }

  /**
   * Negative log-probabilities of the targets.
   *
   * @param input log-probabilities, [n, classes, ...] or [classes]
   * @param target int64 [n, ...]
   * @param weight of the classes, [classes], or null; a mean is weighted by those of the targets
   * @param ignoreIndex the class that counts nothing
   */
  public static Tensor nllLoss(
      Tensor input, Tensor target, Tensor weight, long ignoreIndex, Reduction reduction) {
    if (input.rank() == 1) {
      Tensor one = nllLoss(input.unsqueeze(0), target.unsqueeze(0), weight, ignoreIndex, reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    return ofClasses(
        new CrossEntropyOp(Input.LOG_PROBABILITIES, ignoreIndex, 0, total(reduction)),
        reduction,
        with(weight, input, target));
  }

  private static Tensor[] with(Tensor weight, Tensor input, Tensor target) {
    if (weight != null && weight.requiresGrad()) {
      throw new IllegalArgumentException(
          "the weights of classes take no gradient, but require one: detach() them");
    }
    return weight == null
        ? new Tensor[] {input, target}
        : new Tensor[] {input, target, weight.to(input.dtype())};
  }

  private static Total total(Reduction reduction) {
    return reduction == Reduction.MEAN ? Total.MEAN : Total.EACH;
  }

  private static Tensor ofClasses(CrossEntropyOp op, Reduction reduction, Tensor... in) {
    Tensor out = Tensor.applyAll(op, in)[0];
    return reduction == Reduction.MEAN ? out : reduction.of(out);
  }

  /** What {@link #crossEntropy} divides the sum of the losses by for a mean. */
  static double classDivisor(Tensor input, Tensor target, Tensor weight, long ignoreIndex) {
    if (target.dtype().isFloatingPoint()) {
      return input.elements() / (double) input.dim(input.rank() == 1 ? 0 : 1);
    }
    Tensor counted = target.ne(ignoreIndex);
    if (weight == null) {
      return counted.sum().item();
    }
    Tensor place = target.maskedFill(counted.logicalNot(), 0).reshape(-1);
    Tensor each = weight.indexSelect(0, place).reshape(target.shape());
    return each.mul(counted).sum().item();
  }

  // ---- binary targets

  /**
   * Binary cross-entropy of probabilities, whose logarithms count at least -100.
   *
   * @param weight of elements, which broadcasts, or null
   * @throws io.arclight.tensor.DataException for a prediction outside [0, 1]
   */
  public static Tensor binaryCrossEntropy(
      Tensor prediction, Tensor target, Tensor weight, Reduction reduction) {
    Losses.requireSameShape("binaryCrossEntropy", prediction, target);
    return Losses.weighted(
        "binaryCrossEntropy",
        reduction,
        Pointwise.BINARY_CROSS_ENTROPY,
        weight,
        prediction,
        target);
  }

  public static Tensor binaryCrossEntropy(Tensor prediction, Tensor target) {
    return binaryCrossEntropy(prediction, target, null, Reduction.MEAN);
  }

  /** Binary cross-entropy of sigmoid({@code logits}), stable for any logit. */
  public static Tensor binaryCrossEntropyWithLogits(
      Tensor logits, Tensor target, Reduction reduction) {
    return binaryCrossEntropyWithLogits(logits, target, null, null, reduction);
  }

  /**
   * As above, weighted.
   *
   * @param weight of elements, which broadcasts, or null
   * @param posWeight of the positive part, which broadcasts, or null
   */
  public static Tensor binaryCrossEntropyWithLogits(
      Tensor logits, Tensor target, Tensor weight, Tensor posWeight, Reduction reduction) {
    String op = "binaryCrossEntropyWithLogits";
    Losses.requireSameShape(op, logits, target);
    Pointwise each = Pointwise.BINARY_CROSS_ENTROPY_WITH_LOGITS;
    return posWeight == null
        ? Losses.weighted(op, reduction, each.with(null, null, 1), weight, logits, target)
        : Losses.weighted(
            op,
            reduction,
            each,
            weight,
            logits,
            target,
            Losses.broadcasting(op, posWeight, logits));
  }

  // ---- numbers

  public static Tensor mseLoss(Tensor prediction, Tensor target, Reduction reduction) {
    return Losses.elementwise("mseLoss", Pointwise.SQUARED_ERROR, prediction, target, reduction);
  }

  public static Tensor mseLoss(Tensor prediction, Tensor target) {
    return mseLoss(prediction, target, Reduction.MEAN);
  }

  public static Tensor l1Loss(Tensor prediction, Tensor target, Reduction reduction) {
    return Losses.elementwise("l1Loss", Pointwise.ABSOLUTE_ERROR, prediction, target, reduction);
  }

  public static Tensor l1Loss(Tensor prediction, Tensor target) {
    return l1Loss(prediction, target, Reduction.MEAN);
  }

  /** Squared below a difference of {@code beta}, scaled to meet the straight part beyond. */
  public static Tensor smoothL1Loss(
      Tensor prediction, Tensor target, double beta, Reduction reduction) {
    if (!(beta >= 0)) {
      throw new IllegalArgumentException("smoothL1Loss: beta must be at least 0, not " + beta);
    }
    Op op = Pointwise.SMOOTH_L1.with(null, null, beta);
    return Losses.elementwise("smoothL1Loss", op, prediction, target, reduction);
  }

  /** Half the square up to a difference of {@code delta}, beyond straight with the slope there. */
  public static Tensor huberLoss(
      Tensor prediction, Tensor target, double delta, Reduction reduction) {
    if (!(delta > 0)) {
      throw new IllegalArgumentException("huberLoss: delta must be positive, not " + delta);
    }
    Op op = Pointwise.HUBER.with(null, null, delta);
    return Losses.elementwise("huberLoss", op, prediction, target, reduction);
  }

  // ---- distributions

  /**
   * Kullback-Leibler divergence of log-probabilities from a target distribution.
   *
   * @param mean what {@link Reduction#MEAN} divides by
   */
  public static Tensor klDiv(
      Tensor input,
      Tensor target,
      KLDivLoss.Target kind,
      KLDivLoss.Mean mean,
      Reduction reduction) {
    Pointwise op = kind == KLDivLoss.Target.LOGARITHM ? Pointwise.KL_DIV_LOG : Pointwise.KL_DIV;
    if (reduction == Reduction.MEAN && mean == KLDivLoss.Mean.BATCH) {
      Tensor sum = Losses.elementwise("klDiv", op, input, target, Reduction.SUM);
      return sum.div(input.rank() == 0 ? 1 : input.dim(0));
    }
    return Losses.elementwise("klDiv", op, input, target, reduction);
  }

  /**
   * The negative log-likelihood of targets under normal distributions.
   *
   * @param variance of the input's shape, with a last dimension of 1, or without the last dimension
   * @param eps the least variance; gradients are as if there were none
   * @throws io.arclight.tensor.DataException for a negative variance
   */
  public static Tensor gaussianNllLoss(
      Tensor input,
      Tensor target,
      Tensor variance,
      LossTerms terms,
      double eps,
      Reduction reduction) {
    Losses.requireSameShape("gaussianNllLoss", input, target);
    if (!(eps > 0)) {
      throw new IllegalArgumentException("gaussianNllLoss: eps must be positive, not " + eps);
    }
    Op op = Pointwise.GAUSSIAN_NLL.with(null, null, null, eps);
    Tensor[] in = {input, target, variance(input, variance)};
    return terms == LossTerms.FULL
        ? reduction.of(Tensor.apply(op, in).add(0.5 * Math.log(2 * Math.PI)))
        : reduction.of(op, in);
  }

  /** As above, of one variance for all. */
  public static Tensor gaussianNllLoss(
      Tensor input,
      Tensor target,
      double variance,
      LossTerms terms,
      double eps,
      Reduction reduction) {
    Tensor all = Tensor.full(input.shape(), variance, input.dtype(), input.device());
    return gaussianNllLoss(input, target, all, terms, eps, reduction);
  }

  private static Tensor variance(Tensor input, Tensor variance) {
    int rank = input.rank();
    if (variance.shape().equals(input.shape())) {
      return variance;
    }
    Tensor out = variance.rank() == rank - 1 ? variance.unsqueeze(-1) : variance;
    boolean fits = rank > 0 && out.rank() == rank && out.dim(-1) == 1;
    for (int i = 0; fits && i < rank - 1; i++) {
      fits = out.dim(i) == input.dim(i);
    }
    if (!fits) {
      throw new ShapeException(
          "gaussianNllLoss: a variance of shape "
              + variance.shape()
              + " is neither one for each element nor for each row of "
              + input.shape());
    }
    return out;
  }

  /**
   * The negative log-likelihood of counts under Poisson distributions.
   *
   * @param kind whether the input is the rate or its logarithm
   * @param eps added to rates before their logarithm is taken
   */
  public static Tensor poissonNllLoss(
      Tensor input,
      Tensor target,
      PoissonNLLLoss.Input kind,
      LossTerms terms,
      double eps,
      Reduction reduction) {
    Losses.requireSameShape("poissonNllLoss", input, target);
    Op op =
        kind == PoissonNLLLoss.Input.LOGARITHM
            ? Pointwise.POISSON_NLL_LOG
            : Pointwise.POISSON_NLL.with(null, null, eps);
    if (terms == LossTerms.FULL) {
      Tensor losses = Tensor.apply(op, input, target);
      return reduction.of(losses.add(Tensor.apply(Pointwise.STIRLING, target)));
    }
    return reduction.of(op, input, target);
  }
}
