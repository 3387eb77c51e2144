package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.function.BinaryOperator;

/** {@link TripletMarginLoss} of any distance. */
public record TripletMarginWithDistanceLoss(
    Distance distance, double margin, TripletMarginLoss.Swap swap, Reduction reduction)
    implements TripleLoss {
  private static final long serialVersionUID = 1L;

  /** The distances of the rows of two tensors [n, d], as [n]. */
  @FunctionalInterface
  public interface Distance extends BinaryOperator<Tensor>, Serializable {}

  /** The mean. */
  public TripletMarginWithDistanceLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public TripletMarginWithDistanceLoss(Reduction reduction) {
    this(Functional::pairwiseDistance, 1, TripletMarginLoss.Swap.NO, reduction);
  }

  /** Euclidean unless set. */
  public TripletMarginWithDistanceLoss distance(Distance value) {
    return new TripletMarginWithDistanceLoss(value, margin, swap, reduction);
  }

  /** 1 unless set. */
  public TripletMarginWithDistanceLoss margin(double value) {
    return new TripletMarginWithDistanceLoss(distance, value, swap, reduction);
  }

  /** Whether the negative may be nearer to the positive than to the anchor; not unless set. */
  public TripletMarginWithDistanceLoss swap(TripletMarginLoss.Swap value) {
    return new TripletMarginWithDistanceLoss(distance, margin, value, reduction);
  }

  @Override
  public Tensor forward(Tensor anchor, Tensor positive, Tensor negative) {
    return Functional.tripletMarginWithDistanceLoss(
        anchor, positive, negative, distance, margin, swap, reduction);
  }

  @Override
  public TripletMarginWithDistanceLoss reduction(Reduction other) {
    return new TripletMarginWithDistanceLoss(distance, margin, swap, other);
  }
}
