package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code max(0, d(anchor, positive) - d(anchor, negative) + margin)} of p-norm distances. */
public record TripletMarginLoss(double margin, double p, double eps, Swap swap, Reduction reduction)
    implements TripleLoss {
  private static final long serialVersionUID = 1L;

  /** Whether the distance of the negative is the lesser of those to the anchor and the positive. */
  public enum Swap {
    NO,
    ALLOWED
  }

  /** The mean. */
  public TripletMarginLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public TripletMarginLoss(Reduction reduction) {
    this(1, 2, 1e-6, Swap.NO, reduction);
  }

  /** 1 unless set. */
  public TripletMarginLoss margin(double value) {
    return new TripletMarginLoss(value, p, eps, swap, reduction);
  }

  /** The p of the norm; 2 unless set. */
  public TripletMarginLoss p(double value) {
    return new TripletMarginLoss(margin, value, eps, swap, reduction);
  }

  /** Added to differences; 1e-6 unless set. */
  public TripletMarginLoss eps(double value) {
    return new TripletMarginLoss(margin, p, value, swap, reduction);
  }

  /** Whether the negative may be nearer to the positive than to the anchor; not unless set. */
  public TripletMarginLoss swap(Swap value) {
    return new TripletMarginLoss(margin, p, eps, value, reduction);
  }

  @Override
  public Tensor forward(Tensor anchor, Tensor positive, Tensor negative) {
    return Functional.tripletMarginLoss(
        anchor, positive, negative, margin, p, eps, swap, reduction);
  }

  @Override
  public TripletMarginLoss reduction(Reduction other) {
    return new TripletMarginLoss(margin, p, eps, swap, other);
  }
}
