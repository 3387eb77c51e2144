package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link BatchNorm3d} whose features are the channels of its first input. */
public final class LazyBatchNorm3d extends LazyNorm<BatchNorm3d> {
  /** Without options. */
  public LazyBatchNorm3d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyBatchNorm3d(UnaryOperator<BatchNorm3d> options) {
    super(1, BatchNorm3d::new, options);
  }
}
