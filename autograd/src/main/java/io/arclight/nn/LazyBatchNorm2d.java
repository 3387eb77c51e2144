package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link BatchNorm2d} whose features are the channels of its first input. */
public final class LazyBatchNorm2d extends LazyNorm<BatchNorm2d> {
  /** Without options. */
  public LazyBatchNorm2d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyBatchNorm2d(UnaryOperator<BatchNorm2d> options) {
    super(1, BatchNorm2d::new, options);
  }
}
