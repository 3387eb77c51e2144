package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.AdaptiveAvgPoolOp;
import io.arclight.tensor.op.AdaptiveMaxPoolOp;
import io.arclight.tensor.op.FractionalMaxPoolOp;
import io.arclight.tensor.op.Op;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Pooling of [n, channels, places...], or without n. Results have the memory order of the input.
 */
abstract class PoolingFunctions extends ConvolutionFunctions {
  /** In the output size of an adaptive pooling: as large as the input. */
  public static final long SAME = -1;

  PoolingFunctions() {}

  /** The largest element of each window of [n, channels, length]. */
  public static Tensor maxPool1d(Tensor input, PoolOptions options) {
    return maxPool1dWithIndices(input, options).values();
  }

  /** As {@link #maxPool1d}, with the elements' places. */
  public static Pooled maxPool1dWithIndices(Tensor input, PoolOptions options) {
    return pooled("maxPool1d", 1, options.max(1), input);
  }

  /** The mean of each window of [n, channels, length]. */
  public static Tensor avgPool1d(Tensor input, PoolOptions options) {
    return average("avgPool1d", 1, input, options);
  }

  /** The largest element of each of {@code size} windows that cover [n, channels, length]. */
  public static Tensor adaptiveMaxPool1d(Tensor input, long... size) {
    return adaptiveMaxPool1dWithIndices(input, size).values();
  }

  /** As {@link #adaptiveMaxPool1d}, with the elements' places. */
  public static Pooled adaptiveMaxPool1dWithIndices(Tensor input, long... size) {
    return adaptiveMax("adaptiveMaxPool1d", 1, input, size);
  }

  /**
   * The mean of each of {@code size} windows that cover [n, channels, length]; {@link
   * PoolingFunctions#SAME} stands for the input's size.
   */
  public static Tensor adaptiveAvgPool1d(Tensor input, long... size) {
    return adaptiveAverage("adaptiveAvgPool1d", 1, input, size);
  }

  /** The p-norm {@code (sum of x^p)^(1/p)} of each window of [n, channels, length]. */
  public static Tensor lpPool1d(Tensor input, double normType, PoolOptions options) {
    return lpPool("lpPool1d", 1, input, normType, options);
  }

  /**
   * Zeros of the size before a max pooling by {@code options}, with the values of {@code input} at
   * the places {@code indices}.
   */
  public static Tensor maxUnpool1d(Tensor input, Tensor indices, PoolOptions options) {
    return maxUnpool("maxUnpool1d", 1, input, indices, options);
  }

  /** As {@link #maxUnpool1d(Tensor, Tensor, PoolOptions)}, of this output size. */
  public static Tensor maxUnpool1d(Tensor input, Tensor indices, long... outputSize) {
    return maxUnpool("maxUnpool1d", 1, input, indices, outputSize);
  }

  /** The largest element of each window of [n, channels, height, width]. */
  public static Tensor maxPool2d(Tensor input, PoolOptions options) {
    return maxPool2dWithIndices(input, options).values();
  }

  /** As {@link #maxPool2d}, with the elements' places. */
  public static Pooled maxPool2dWithIndices(Tensor input, PoolOptions options) {
    return pooled("maxPool2d", 2, options.max(2), input);
  }

  /** The mean of each window of [n, channels, height, width]. */
  public static Tensor avgPool2d(Tensor input, PoolOptions options) {
    return average("avgPool2d", 2, input, options);
  }

  /**
   * The largest element of each of {@code size} windows that cover [n, channels, height, width].
   */
  public static Tensor adaptiveMaxPool2d(Tensor input, long... size) {
    return adaptiveMaxPool2dWithIndices(input, size).values();
  }

  /** As {@link #adaptiveMaxPool2d}, with the elements' places. */
  public static Pooled adaptiveMaxPool2dWithIndices(Tensor input, long... size) {
    return adaptiveMax("adaptiveMaxPool2d", 2, input, size);
  }

  /**
   * The mean of each of {@code size} windows that cover [n, channels, height, width]; {@link
   * PoolingFunctions#SAME} stands for the input's size.
   */
  public static Tensor adaptiveAvgPool2d(Tensor input, long... size) {
    return adaptiveAverage("adaptiveAvgPool2d", 2, input, size);
  }

  /** The p-norm {@code (sum of x^p)^(1/p)} of each window of [n, channels, height, width]. */
  public static Tensor lpPool2d(Tensor input, double normType, PoolOptions options) {
    return lpPool("lpPool2d", 2, input, normType, options);
  }

  /**
   * Zeros of the size before a max pooling by {@code options}, with the values of {@code input} at
   * the places {@code indices}.
   */
  public static Tensor maxUnpool2d(Tensor input, Tensor indices, PoolOptions options) {
    return maxUnpool("maxUnpool2d", 2, input, indices, options);
  }

  /** As {@link #maxUnpool2d(Tensor, Tensor, PoolOptions)}, of this output size. */
  public static Tensor maxUnpool2d(Tensor input, Tensor indices, long... outputSize) {
    return maxUnpool("maxUnpool2d", 2, input, indices, outputSize);
  }

  /**
   * The largest element of each window of [n, channels, height, width], of windows at random
   * distances.
   *
   * @param samples [n, channels, 2] on [0, 1), which choose them
   */
  public static Pooled fractionalMaxPool2d(
      Tensor input, Tensor samples, long[] kernel, long[] outputSize) {
    return fractional("fractionalMaxPool2d", 2, input, samples, kernel, outputSize);
  }

  /** The largest element of each window of [n, channels, depth, height, width]. */
  public static Tensor maxPool3d(Tensor input, PoolOptions options) {
    return maxPool3dWithIndices(input, options).values();
  }

  /** As {@link #maxPool3d}, with the elements' places. */
  public static Pooled maxPool3dWithIndices(Tensor input, PoolOptions options) {
    return pooled("maxPool3d", 3, options.max(3), input);
  }

  /** The mean of each window of [n, channels, depth, height, width]. */
  public static Tensor avgPool3d(Tensor input, PoolOptions options) {
    return average("avgPool3d", 3, input, options);
  }

  /**
   * The largest element of each of {@code size} windows that cover [n, channels, depth, height,
   * width].
   */
  public static Tensor adaptiveMaxPool3d(Tensor input, long... size) {
    return adaptiveMaxPool3dWithIndices(input, size).values();
  }

  /** As {@link #adaptiveMaxPool3d}, with the elements' places. */
  public static Pooled adaptiveMaxPool3dWithIndices(Tensor input, long... size) {
    return adaptiveMax("adaptiveMaxPool3d", 3, input, size);
  }

  /**
   * The mean of each of {@code size} windows that cover [n, channels, depth, height, width]; {@link
   * PoolingFunctions#SAME} stands for the input's size.
   */
  public static Tensor adaptiveAvgPool3d(Tensor input, long... size) {
    return adaptiveAverage("adaptiveAvgPool3d", 3, input, size);
  }

  /**
   * The p-norm {@code (sum of x^p)^(1/p)} of each window of [n, channels, depth, height, width].
   */
  public static Tensor lpPool3d(Tensor input, double normType, PoolOptions options) {
    return lpPool("lpPool3d", 3, input, normType, options);
  }

  /**
   * Zeros of the size before a max pooling by {@code options}, with the values of {@code input} at
   * the places {@code indices}.
   */
  public static Tensor maxUnpool3d(Tensor input, Tensor indices, PoolOptions options) {
    return maxUnpool("maxUnpool3d", 3, input, indices, options);
  }

  /** As {@link #maxUnpool3d(Tensor, Tensor, PoolOptions)}, of this output size. */
  public static Tensor maxUnpool3d(Tensor input, Tensor indices, long... outputSize) {
    return maxUnpool("maxUnpool3d", 3, input, indices, outputSize);
  }

  /**
   * The largest element of each window of [n, channels, depth, height, width], of windows at random
   * distances.
   *
   * @param samples [n, channels, 3] on [0, 1), which choose them
   */
  public static Pooled fractionalMaxPool3d(
      Tensor input, Tensor samples, long[] kernel, long[] outputSize) {
    return fractional("fractionalMaxPool3d", 3, input, samples, kernel, outputSize);
  }

  private static Tensor batched(
      String name, int places, Tensor input, UnaryOperator<Tensor> function) {
    requireRank(name, places, input);
    return input.rank() == places + 1
        ? function.apply(input.unsqueeze(0)).squeeze(0)
        : function.apply(input);
  }

  private static Tensor average(String name, int places, Tensor input, PoolOptions options) {
    return batched(name, places, input, x -> Tensor.apply(options.average(places), x));
  }

  private static Tensor adaptiveAverage(String name, int places, Tensor input, long[] size) {
    Op op = new AdaptiveAvgPoolOp(sizes(name, input, places, size));
    return batched(name, places, input, x -> Tensor.apply(op, x));
  }

  private static Pooled adaptiveMax(String name, int places, Tensor input, long[] size) {
    return pooled(name, places, new AdaptiveMaxPoolOp(sizes(name, input, places, size)), input);
  }

  private static Pooled fractional(
      String name, int places, Tensor input, Tensor samples, long[] kernel, long[] outputSize) {
    Shape size = PoolOptions.spread("kernel", Shape.of(kernel), places);
    Shape out = PoolOptions.spread("output", Shape.of(outputSize), places);
    return pooled(name, places, new FractionalMaxPoolOp(size, out), input, samples);
  }

  private static Pooled pooled(String name, int places, Op op, Tensor input, Tensor... more) {
    requireRank(name, places, input);
    boolean single = input.rank() == places + 1;
    Tensor[] in = new Tensor[1 + more.length];
    in[0] = single ? input.unsqueeze(0) : input;
    System.arraycopy(more, 0, in, 1, more.length);
    Tensor[] out = Tensor.applyAll(op, in);
    return single ? new Pooled(out[0].squeeze(0), out[1].squeeze(0)) : new Pooled(out[0], out[1]);
  }

  private static void requireRank(String name, int places, Tensor input) {
    if (input.rank() != places + 1 && input.rank() != places + 2) {
      throw new ShapeException(
          name
              + ": expects an input of "
              + (places + 1)
              + " or "
              + (places + 2)
              + " dimensions, got shape "
              + input.shape());
    }
  }

  private static Shape sizes(String name, Tensor input, int places, long[] size) {
    requireRank(name, places, input);
    long[] out = PoolOptions.spread("output", Shape.of(size(size)), places).toArray().clone();
    for (int d = 0; d < places; d++) {
      boolean same = size[size.length == 1 ? 0 : d] == SAME;
      out[d] = same ? input.dim(d - places) : out[d];
    }
    return Shape.of(out);
  }

  /** Without what a shape cannot hold. */
  private static long[] size(long[] size) {
    return Arrays.stream(size).map(s -> s == SAME ? 1 : s).toArray();
  }

  private static Tensor lpPool(
      String name, int places, Tensor input, double normType, PoolOptions options) {
    if (normType == 0) {
      throw new IllegalArgumentException(name + ": normType must not be 0");
    }
    if (Double.isInfinite(normType)) {
      PoolOptions plain = options.padding(0);
      return normType > 0
          ? pooled(name, places, plain.max(places), input.abs()).values()
          : pooled(name, places, plain.max(places), input.abs().neg()).values().neg();
    }
    Tensor powers = input.pow(normType);
    Tensor means = average(name, places, powers, options);
    double elements = PoolOptions.spread("kernel", options.kernel(), places).elements();
    return means.sign().mul(means.abs().relu()).mul(elements).pow(1 / normType);
  }

  private static Tensor maxUnpool(
      String name, int places, Tensor input, Tensor indices, PoolOptions options) {
    requireRank(name, places, input);
    Shape kernel = PoolOptions.spread("kernel", options.kernel(), places);
    Shape stride = PoolOptions.spread("stride", options.strideOrKernel(), places);
    Shape padding = PoolOptions.spread("padding", options.padding(), places);
    long[] size = new long[places];
    for (int d = 0; d < places; d++) {
      long before = (input.dim(d - places) - 1) * stride.dim(d);
      size[d] = before - 2 * padding.dim(d) + kernel.dim(d);
    }
    return maxUnpool(name, places, input, indices, size);
  }

  private static Tensor maxUnpool(
      String name, int places, Tensor input, Tensor indices, long[] size) {
    requireRank(name, places, input);
    if (indices.dtype() != DType.INT64 || !indices.shape().equals(input.shape())) {
      throw new ShapeException(
          name
              + ": indices must be int64 of the input's shape "
              + input.shape()
              + ", got "
              + indices.dtype()
              + " "
              + indices.shape());
    }
    if (size.length != places) {
      throw new ShapeException(
          name + ": an output size has " + places + " numbers, got " + Arrays.toString(size));
    }
    int first = input.rank() - places;
    long[] flat = Arrays.copyOf(input.shape().toArray(), first + 1);
    long[] out = Arrays.copyOf(input.shape().toArray(), input.rank());
    flat[first] = 1;
    long all = 1;
    for (int d = 0; d < places; d++) {
      flat[first] *= input.dim(first + d);
      out[first + d] = size[d];
      all *= size[d];
    }
    long[] wide = flat.clone();
    wide[first] = all;
    return Tensor.zeros(Shape.of(wide), input.dtype(), input.device())
        .scatter(-1, indices.reshape(flat), input.reshape(flat))
        .reshape(out);
  }
}
