package io.arclight.nn;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * Dropout as while training. Where the thread has keys for the rows of the input the masks are
 * drawn by sample, else from the standard generator.
 */
abstract class DropoutFunctions extends NormalizationFunctions {
  DropoutFunctions() {}

  /** Zeroes elements with probability {@code p}, scales the others by {@code 1 / (1 - p)}. */
  public static Tensor dropout(Tensor input, double p) {
    return Generator.standard().dropout(input, p);
  }

  /** Dropout of whole channels: [n, c, l] or [c, l]. */
  public static Tensor dropout1d(Tensor input, double p) {
    requireRank("dropout1d", input, 2, 3, "[n, c, l] or [c, l]");
    return Generator.standard().dropout(input, channels(input, 3), p);
  }

  /** Dropout of whole channels: [n, c, h, w]; as PyTorch, three dimensions are [n, c, l]. */
  public static Tensor dropout2d(Tensor input, double p) {
    requireRank("dropout2d", input, 3, 4, "[n, c, h, w] or [n, c, l]");
    return Generator.standard().dropout(input, channels(input, 3), p);
  }

  /** Dropout of whole channels: [n, c, d, h, w] or [c, d, h, w]. */
  public static Tensor dropout3d(Tensor input, double p) {
    requireRank("dropout3d", input, 4, 5, "[n, c, d, h, w] or [c, d, h, w]");
    return Generator.standard().dropout(input, channels(input, 5), p);
  }

  /** Dropout that keeps the mean and variance of what SELU gives. */
  public static Tensor alphaDropout(Tensor input, double p) {
    return Generator.standard().alphaDropout(input, input.shape(), p);
  }

  /** As {@link #alphaDropout}, of whole channels: [n, c, ...]. */
  public static Tensor featureAlphaDropout(Tensor input, double p) {
    requireRank("featureAlphaDropout", input, 2, Integer.MAX_VALUE, "[n, c, ...]");
    return Generator.standard().alphaDropout(input, channels(input, 2), p);
  }

  private static void requireRank(String op, Tensor x, int least, int most, String expected) {
    if (x.rank() < least || x.rank() > most) {
      throw new ShapeException(op + ": expects " + expected + ", got shape " + x.shape());
    }
  }

  /** The shape of a draw for each channel; without rows below {@code batched} dimensions. */
  private static Shape channels(Tensor x, int batched) {
    long[] sizes = new long[x.rank()];
    Arrays.fill(sizes, 1);
    sizes[0] = x.dim(0);
    if (x.rank() >= batched) {
      sizes[1] = x.dim(1);
    }
    return Shape.of(sizes);
  }
}
