package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link BatchNorm1d} whose features are the channels of its first input. */
public final class LazyBatchNorm1d extends LazyNorm<BatchNorm1d> {
  /** Without options. */
  public LazyBatchNorm1d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyBatchNorm1d(UnaryOperator<BatchNorm1d> options) {
    super(1, BatchNorm1d::new, options);
  }
}
