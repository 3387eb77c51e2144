package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import java.util.Arrays;
import java.util.function.BinaryOperator;

/** Losses by margins, and of embeddings. */
abstract class MarginFunctions extends DistanceFunctions {
  MarginFunctions() {}

  /** {@code max(0, -target (input1 - input2) + margin)}, of targets 1 and -1. */
  public static Tensor marginRankingLoss(
      Tensor input1, Tensor input2, Tensor target, double margin, Reduction reduction) {
    Losses.requireSameShape("marginRankingLoss", input1, input2);
    Losses.requireSameShape("marginRankingLoss", input1, target);
    Op op = Pointwise.MARGIN_RANKING.with(null, null, null, margin);
    return reduction.of(op, input1, input2, target);
  }

  /** The input where the target is 1, {@code max(0, margin - input)} where it is -1. */
  public static Tensor hingeEmbeddingLoss(
      Tensor input, Tensor target, double margin, Reduction reduction) {
    Op op = Pointwise.HINGE_EMBEDDING.with(null, null, margin);
    return Losses.elementwise("hingeEmbeddingLoss", op, input, target, reduction);
  }

  /** {@code log(1 + exp(-target input))}, of targets 1 and -1. */
  public static Tensor softMarginLoss(Tensor input, Tensor target, Reduction reduction) {
    return Losses.elementwise("softMarginLoss", Pointwise.SOFT_MARGIN, input, target, reduction);
  }

  /**
   * How far other classes come within {@code margin} of the target's score, to the power {@code p},
   * averaged over the classes.
   *
   * @param input [n, classes] or [classes]
   * @param target int64 [n] or a number
   * @param p 1 or 2
   * @param weight of the classes, or null
   */
  public static Tensor multiMarginLoss(
      Tensor input, Tensor target, int p, double margin, Tensor weight, Reduction reduction) {
    if (p != 1 && p != 2) {
      throw new IllegalArgumentException("multiMarginLoss: p must be 1 or 2, not " + p);
    }
    requireRows("multiMarginLoss", input, target.rank() + 1 == input.rank());
    if (input.rank() == 1) {
      Tensor one =
          multiMarginLoss(input.unsqueeze(0), target.unsqueeze(0), p, margin, weight, reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    Tensor place = target.unsqueeze(1);
    Tensor near = input.sub(input.gather(1, place)).add(margin).relu();
    near = p == 2 ? near.square() : near;
    if (weight != null) {
      near = near.mul(weight.to(input.dtype()).indexSelect(0, target).unsqueeze(1));
    }
    return reduction.of(near.scatter(1, place, 0).mean(1));
  }

  /**
   * How far classes that are not targets come within 1 of those that are, over the number of
   * classes.
   *
   * @param input [n, classes] or [classes]
   * @param target int64 of the input's shape: the targets, then -1
   */
  public static Tensor multilabelMarginLoss(Tensor input, Tensor target, Reduction reduction) {
    Losses.requireSameShape("multilabelMarginLoss", input, target);
    requireRows("multilabelMarginLoss", input, true);
    if (input.rank() == 1) {
      Tensor one = multilabelMarginLoss(input.unsqueeze(0), target.unsqueeze(0), reduction);
      return reduction == Reduction.NONE ? one.squeeze(0) : one;
    }
    Tensor listed = target.ge(0).to(DType.INT64).cumprod(1);
    Tensor place = target.clamp(0, null);
    Tensor own = listed.zerosLike().scatterAdd(1, place, listed).gt(0);
    Tensor scores = input.gather(1, place).unsqueeze(2);
    Tensor near = input.unsqueeze(1).sub(scores).add(1).relu();
    Tensor counted = listed.gt(0).unsqueeze(2).logicalAnd(own.logicalNot().unsqueeze(1));
    Tensor sums = near.maskedFill(counted.logicalNot(), 0).sum(1, 2);
    return reduction.of(sums.div(Math.max(1, input.dim(1))));
  }

  /**
   * Binary cross-entropies of logits, averaged over the last dimension.
   *
   * @param weight of the classes, or null
   */
  public static Tensor multilabelSoftMarginLoss(
      Tensor input, Tensor target, Tensor weight, Reduction reduction) {
    String name = "multilabelSoftMarginLoss";
    Losses.requireSameShape(name, input, target);
    Op op = Pointwise.BINARY_CROSS_ENTROPY_WITH_LOGITS.with(null, null, 1);
    if (reduction == Reduction.MEAN) {
      return Losses.weighted(name, reduction, op, weight, input, target);
    }
    Tensor losses = Losses.weighted(name, Reduction.NONE, op, weight, input, target);
    return reduction.of(losses.mean(-1));
  }

  private static void requireRows(String op, Tensor input, boolean fits) {
    if (!fits || input.rank() != 1 && input.rank() != 2) {
      throw new ShapeException(
          op
              + ": expects an input [n, classes] or [classes] and its targets, got "
              + input.shape());
    }
  }

  /**
   * {@code 1 - cos} where the target is 1, {@code max(0, cos - margin)} where it is -1.
   *
   * @param input1 [n, d] or [d]
   * @param target [n] or a number
   */
  public static Tensor cosineEmbeddingLoss(
      Tensor input1, Tensor input2, Tensor target, double margin, Reduction reduction) {
    Losses.requireSameShape("cosineEmbeddingLoss", input1, input2);
    long[] rows =
        input1.rank() == 0 ? null : Arrays.copyOf(input1.shape().toArray(), input1.rank() - 1);
    if (rows == null || rows.length > 1 || !Arrays.equals(rows, target.shape().toArray())) {
      throw new ShapeException(
          "cosineEmbeddingLoss: expects inputs [n, d] and targets [n], or [d] and a number, got "
              + input1.shape()
              + " and "
              + target.shape());
    }
    Tensor squares = squares(input1).mul(squares(input2));
    Tensor cosine = input1.mul(input2).sum(-1).div(squares.sqrt());
    Tensor alike = cosine.neg().add(1);
    Tensor apart = cosine.sub(margin).relu();
    Tensor losses = Tensor.where(target.eq(1), alike, 0).add(Tensor.where(target.eq(-1), apart, 0));
    return reduction.of(losses);
  }

  private static Tensor squares(Tensor x) {
    return x.square().sum(-1).add(1e-12);
  }

  /** {@link #tripletMarginWithDistanceLoss} of p-norm distances. */
  public static Tensor tripletMarginLoss(
      Tensor anchor,
      Tensor positive,
      Tensor negative,
      double margin,
      double p,
      double eps,
      TripletMarginLoss.Swap swap,
      Reduction reduction) {
    return tripletMarginWithDistanceLoss(
        anchor,
        positive,
        negative,
        (a, b) -> pairwiseDistance(a, b, p, eps, Dim.Keep.DROP),
        margin,
        swap,
        reduction);
  }

  /**
   * {@code max(0, d(anchor, positive) - d(anchor, negative) + margin)}.
   *
   * @param swap whether the negative may be nearer to the positive than to the anchor
   */
  public static Tensor tripletMarginWithDistanceLoss(
      Tensor anchor,
      Tensor positive,
      Tensor negative,
      BinaryOperator<Tensor> distance,
      double margin,
      TripletMarginLoss.Swap swap,
      Reduction reduction) {
    Losses.requireSameShape("tripletMarginLoss", anchor, positive);
    Losses.requireSameShape("tripletMarginLoss", anchor, negative);
    if (!(margin > 0)) {
      throw new IllegalArgumentException(
          "tripletMarginLoss: the margin must be positive, not " + margin);
    }
    Tensor near = distance.apply(anchor, positive);
    Tensor far = distance.apply(anchor, negative);
    if (swap == TripletMarginLoss.Swap.ALLOWED) {
      far = far.minimum(distance.apply(positive, negative));
    }
    return reduction.of(near.sub(far).add(margin).relu());
  }
}
