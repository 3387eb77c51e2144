package io.arclight.nn;

import java.util.function.UnaryOperator;

/** An {@link InstanceNorm3d} whose features are the channels of its first input. */
public final class LazyInstanceNorm3d extends LazyNorm<InstanceNorm3d> {
  /** Without options. */
  public LazyInstanceNorm3d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyInstanceNorm3d(UnaryOperator<InstanceNorm3d> options) {
    super(-4, InstanceNorm3d::new, options);
  }
}
