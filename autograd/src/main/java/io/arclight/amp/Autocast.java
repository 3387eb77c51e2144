package io.arclight.amp;

import io.arclight.autograd.TensorsFunction;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;

/**
 * Regions in which operations run in the precision that suits them: products in bfloat16 or
 * float16, losses and the like in float32, all others in the dtypes of their operands. Weights stay
 * float32, and so do their gradients; the converted weight is remembered until the region ends.
 *
 * <pre>{@code
 * Tensor loss;
 * try (var mode = Autocast.autocast(DType.BFLOAT16)) {
 *   loss = Functional.crossEntropy(model.call(x), labels);
 * }
 * loss.backward();
 * }</pre>
 *
 * <p>A region holds for its thread. Changes in place are never cast. A backward inside a region
 * runs without it; what a {@link io.arclight.autograd.Checkpoint} computes again runs as it did
 * first. A program traced in a region holds the conversions.
 */
public final class Autocast {
  private Autocast() {}

  /** Whether a region remembers converted weights. */
  public enum Cache {
    USED,
    UNUSED
  }

  /** A region of bfloat16. */
  public static Context.Restore autocast() {
    return autocast(DType.BFLOAT16);
  }

  /**
   * A region of {@code dtype}, until closed.
   *
   * @throws IllegalArgumentException unless that is BFLOAT16 or FLOAT16
   */
  public static Context.Restore autocast(DType dtype) {
    return autocast(dtype, Cache.USED);
  }

  /** As {@link #autocast(DType)}. */
  public static Context.Restore autocast(DType dtype, Cache cache) {
    if (dtype != DType.BFLOAT16 && dtype != DType.FLOAT16) {
      throw new IllegalArgumentException(
          "autocast: the lower precision is BFLOAT16 or FLOAT16, not " + dtype);
    }
    return AutocastRegion.open(dtype, cache);
  }

  /** Until closed, operations run in the dtypes of their operands, as outside all regions. */
  public static Context.Restore disabled() {
    return Context.current().autocast(null);
  }

  /** Whether a region holds on this thread. */
  public static boolean isEnabled() {
    return Context.current().autocast() != null;
  }

  /** The lower precision of the region around; null outside. */
  public static DType dtype() {
    return Context.current().autocast() instanceof AutocastRegion region ? region.dtype() : null;
  }

  /**
   * In a region, applies {@code function} outside of it to floating-point inputs in {@code dtype}
   * (float64 stays): for a {@link io.arclight.autograd.Function} that is made for one dtype.
   * Elsewhere applies it to the inputs as they are.
   *
   * <pre>{@code
   * Tensor y = Autocast.castInputs(DType.FLOAT32, new Cube()::applyAll, x)[0];
   * }</pre>
   */
  public static Tensor[] castInputs(DType dtype, TensorsFunction function, Tensor... inputs) {
    if (!isEnabled()) {
      return function.applyAll(inputs);
    }
    Tensor[] cast = inputs.clone();
    for (int i = 0; i < cast.length; i++) {
      boolean eligible = cast[i].dtype().isFloatingPoint() && cast[i].dtype() != DType.FLOAT64;
      cast[i] = eligible ? cast[i].to(dtype) : cast[i];
    }
    try (Context.Restore mode = disabled()) {
      return function.applyAll(cast);
    }
  }
}
