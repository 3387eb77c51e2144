package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ResampleOp.Alignment;
import java.util.Arrays;

/** Functions on images. */
abstract class VisionFunctions extends AttentionFunctions {
  VisionFunctions() {}

  /** [..., channels r^2, height, width] to [..., channels, height r, width r]. */
  public static Tensor pixelShuffle(Tensor input, long upscaleFactor) {
    long r = requireFactor("pixelShuffle", input, upscaleFactor);
    int first = input.rank() - 3;
    long channels = input.dim(first);
    if (channels % (r * r) != 0) {
      throw new ShapeException(
          "pixelShuffle: "
              + channels
              + " channels of the input "
              + input.shape()
              + " cannot be divided by the square of the factor "
              + r);
    }
    long height = input.dim(-2);
    long width = input.dim(-1);
    long[] split = dims(input, first, channels / (r * r), r, r, height, width);
    long[] out = dims(input, first, channels / (r * r), height * r, width * r);
    return input.reshape(split).permute(order(first, 0, 3, 1, 4, 2)).reshape(out);
  }

  /** [..., channels, height r, width r] to [..., channels r^2, height, width]. */
  public static Tensor pixelUnshuffle(Tensor input, long downscaleFactor) {
    long r = requireFactor("pixelUnshuffle", input, downscaleFactor);
    int first = input.rank() - 3;
    long height = input.dim(-2) / r;
    long width = input.dim(-1) / r;
    if (height * r != input.dim(-2) || width * r != input.dim(-1)) {
      throw new ShapeException(
          "pixelUnshuffle: height and width of the input "
              + input.shape()
              + " must be multiples of the factor "
              + r);
    }
    long channels = input.dim(first);
    long[] split = dims(input, first, channels, height, r, width, r);
    long[] out = dims(input, first, channels * r * r, height, width);
    return input.reshape(split).permute(order(first, 0, 2, 4, 1, 3)).reshape(out);
  }

  private static long requireFactor(String name, Tensor input, long factor) {
    if (input.rank() < 3) {
      throw new ShapeException(
          name + ": expects [..., channels, height, width], got shape " + input.shape());
    }
    if (factor < 1) {
      throw new IllegalArgumentException(name + ": the factor must be positive, not " + factor);
    }
    return factor;
  }

  /** The first dimensions of {@code input} and {@code then}. */
  private static long[] dims(Tensor input, int first, long... then) {
    long[] out = Arrays.copyOf(input.shape().toArray(), first + then.length);
    System.arraycopy(then, 0, out, first, then.length);
    return out;
  }

  /** The first dimensions as they are, then {@code order} of the others. */
  private static int[] order(int first, int... order) {
    int[] out = new int[first + order.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = i < first ? i : first + order[i - first];
    }
    return out;
  }

  /** [n, channels, ...] with the channels of all groups in turn. */
  public static Tensor channelShuffle(Tensor input, long groups) {
    if (input.rank() < 3) {
      throw new ShapeException(
          "channelShuffle: expects [n, channels, places...], got shape " + input.shape());
    }
    long channels = input.dim(1);
    if (groups < 1 || channels % groups != 0) {
      throw new ShapeException(
          "channelShuffle: "
              + channels
              + " channels of the input "
              + input.shape()
              + " cannot be divided into "
              + groups
              + " groups");
    }
    Tensor parts = input.unflatten(1, groups, channels / groups);
    return parts.transpose(1, 2).reshape(input.shape());
  }

  /**
   * [n, channels, places...] resized to other places.
   *
   * @throws ShapeException if the mode is for other dimensions, or sizes are not positive
   */
  public static Tensor interpolate(Tensor input, InterpolateOptions options) {
    return Interpolate.of(input, options);
  }

  /**
   * The values of {@code input} [n, channels, height, width] at the places {@code grid} [n, height,
   * width, 2]: (x, y) from -1 to 1; or of [n, channels, depth, height, width] at [n, depth, height,
   * width, 3].
   */
  public static Tensor gridSample(Tensor input, Tensor grid, GridSampleOptions options) {
    return new GridSample(input, grid, options).run();
  }

  /**
   * The places [n, height, width, 2] that the affine maps {@code theta} [n, 2, 3] send a regular
   * grid to, or [n, depth, height, width, 3] by [n, 3, 4]: for {@link #gridSample}.
   *
   * @param size [n, channels, height, width] or [n, channels, depth, height, width]
   */
  public static Tensor affineGrid(Tensor theta, Shape size, Alignment alignment) {
    int places = size.rank() - 2;
    boolean fits = places == 2 || places == 3;
    if (!fits || !theta.shape().equals(Shape.of(size.dim(0), places, places + 1))) {
      throw new ShapeException(
          "affineGrid: theta must be [n, 2, 3] for a size [n, channels, height, width] or [n, 3, 4]"
              + " for [n, channels, depth, height, width], got "
              + theta.shape()
              + " and "
              + size);
    }
    long[] dims = Arrays.copyOf(size.toArray(), places + 2);
    long[] shape = new long[places + 1];
    System.arraycopy(dims, 2, shape, 0, places);
    shape[places] = 1;
    Tensor[] columns = new Tensor[places + 1];
    for (int a = 0; a < places; a++) {
      int d = places - 1 - a;
      long[] beside = new long[places + 1];
      Arrays.fill(beside, 1);
      beside[d] = shape[d];
      columns[a] = steps(shape[d], alignment, theta).reshape(beside).expand(Shape.of(shape));
    }
    columns[places] = Tensor.ones(Shape.of(shape), theta.dtype(), theta.device());
    Tensor base = Tensor.cat(places, columns).reshape(-1, places + 1);
    long[] out = new long[places + 2];
    out[0] = size.dim(0);
    System.arraycopy(shape, 0, out, 1, places);
    out[places + 1] = places;
    return base.matmul(theta.transpose(1, 2)).reshape(out);
  }

  private static Tensor steps(long n, Alignment alignment, Tensor like) {
    double end = n <= 1 ? 0 : alignment == Alignment.CORNERS ? 1 : (n - 1.0) / n;
    return Tensor.linspace(-end, end, n, like.dtype(), like.device());
  }
}
