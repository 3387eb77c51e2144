package io.arclight.nn;

import java.util.function.UnaryOperator;

/** An {@link InstanceNorm2d} whose features are the channels of its first input. */
public final class LazyInstanceNorm2d extends LazyNorm<InstanceNorm2d> {
  /** Without options. */
  public LazyInstanceNorm2d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyInstanceNorm2d(UnaryOperator<InstanceNorm2d> options) {
    super(-3, InstanceNorm2d::new, options);
  }
}
