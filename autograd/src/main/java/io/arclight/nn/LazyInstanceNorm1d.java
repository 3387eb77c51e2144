package io.arclight.nn;

import java.util.function.UnaryOperator;

/** An {@link InstanceNorm1d} whose features are the channels of its first input. */
public final class LazyInstanceNorm1d extends LazyNorm<InstanceNorm1d> {
  /** Without options. */
  public LazyInstanceNorm1d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyInstanceNorm1d(UnaryOperator<InstanceNorm1d> options) {
    super(-2, InstanceNorm1d::new, options);
  }
}
