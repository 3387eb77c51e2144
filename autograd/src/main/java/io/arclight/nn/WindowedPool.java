package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.op.Rounding;

/**
 * A pooling by windows of one size.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class WindowedPool<T extends WindowedPool<T>> extends Layer {
  private PoolOptions options;

  WindowedPool(long... kernel) {
    options = PoolOptions.of(kernel);
  }

  abstract T self();

  final T with(PoolOptions next) {
    options = next;
    return self();
  }

  /** The distance between windows; the kernel's sizes unless set. */
  public final T stride(long... sizes) {
    return with(options.stride(sizes));
  }

  /** With a last window that the input fills in part. */
  public final T ceilMode() {
    return with(options.ceilMode());
  }

  /** The windows. */
  public final PoolOptions options() {
    return options;
  }

  final String ceil() {
    return Repr.bool(options.rounding() == Rounding.CEIL);
  }

  /** One size as a number, several as a tuple. */
  static String text(Shape sizes) {
    return sizes.rank() == 1 ? Long.toString(sizes.dim(0)) : Repr.tuple(sizes.toArray());
  }
}
