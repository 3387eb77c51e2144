package io.arclight.tensor;

import java.util.Arrays;

/** Categories drawn in proportion to weights. */
final class Multinomial {
  /** Keeps products with a total below it, however they are rounded. */
  private static final double BELOW_ONE = 1 - 0x1p-52;

  private Multinomial() {}

  static Tensor sample(
      Generator generator, Tensor weights, long count, Generator.Replacement replacement) {
    if (!weights.dtype().isFloatingPoint() || weights.rank() < 1 || weights.rank() > 2) {
      throw new ShapeException(
          "multinomial: weights are floating-point, [categories] or [rows, categories], not "
              + weights.dtype()
              + " of shape "
              + weights.shape());
    }
    long categories = weights.dim(-1);
    boolean once = replacement == Generator.Replacement.WITHOUT;
    if (count <= 0 || once && count > categories) {
      throw new ShapeException(
          "multinomial: cannot draw "
              + count
              + " of "
              + categories
              + " categories"
              + (once ? " without replacement" : ""));
    }
    Tensor w = weights.detach().to(DType.FLOAT64);
    requireWeights(w, once ? count : 1);
    return once ? without(generator, w, count) : with(generator, w, count);
  }

  private static void requireWeights(Tensor w, long least) {
    if (w.elements() == 0) {
      return;
    }
    if (w.isfinite().logicalAnd(w.ge(0)).logicalNot().any().itemBoolean()) {
      throw new DataException("multinomial: weights must be finite and not negative");
    }
    long positive = w.gt(0).to(DType.INT64).sum(-1).amin(Dim.ALL, Dim.Keep.DROP).itemLong();
    if (positive < least) {
      throw new DataException(
          "multinomial: "
              + least
              + " categories are to be drawn where only "
              + positive
              + " have a weight above 0");
    }
  }

  /** The first of arrivals at rates that are the weights. */
  private static Tensor without(Generator generator, Tensor w, long count) {
    Tensor times = generator.exponential(w.shape(), DType.FLOAT64, w.device());
    // Never 0: of a weight of 0 that would make NaN, which counts as the largest.
    return w.div(times.clamp(Double.MIN_NORMAL, null)).topk(count).indices();
  }

  private static Tensor with(Generator generator, Tensor w, long count) {
    long[] dims = Arrays.copyOf(w.shape().toArray(), w.rank());
    dims[dims.length - 1] = count;
    Tensor sums = w.cumsum(-1);
    Tensor total = sums.narrow(-1, w.dim(-1) - 1, 1);
    Tensor u = generator.uniform(Shape.of(dims), DType.FLOAT64, w.device());
    return sums.searchsorted(u.mul(BELOW_ONE).mul(total), Side.RIGHT);
  }
}
