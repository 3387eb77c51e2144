package io.arclight.nn;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Tensor;

/** The p-norm of {@code x1 - x2 + eps} along the last dimension. */
public final class PairwiseDistance extends Module {
  private double p = 2;
  private double eps = 1e-6;
  private Dim.Keep keep = Dim.Keep.DROP;

  /** 2 unless set. */
  public PairwiseDistance p(double value) {
    p = value;
    return this;
  }

  /** 1e-6 unless set. */
  public PairwiseDistance eps(double value) {
    eps = value;
    return this;
  }

  /** The last dimension stays, with size 1. */
  public PairwiseDistance keepdim() {
    keep = Dim.Keep.KEEP;
    return this;
  }

  /** {@link #forward} as a call of this module. */
  public Tensor call(Tensor x1, Tensor x2) {
    return within(() -> forward(x1, x2));
  }

  /** {@link Functional#pairwiseDistance}. */
  public Tensor forward(Tensor x1, Tensor x2) {
    return Functional.pairwiseDistance(x1, x2, p, eps, keep);
  }
}
