package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * The largest element of each window of [n, channels, places...], and its place in the channel, in
 * row-major order; NaN is larger than all. Results have the memory order of the input.
 */
public record MaxPoolOp(
    Shape kernel, Shape stride, Shape padding, Shape dilation, Rounding rounding)
    implements MaxPooling {
  @Override
  public Windows windows() {
    return new Windows.Strided(kernel, stride, padding, dilation, rounding);
  }

  @Override
  public String label() {
    return "maxPool" + kernel.rank() + "d";
  }

  @Override
  public String name() {
    return "MAX_POOL";
  }

  private static MaxPoolOp of(Rounding rounding, long[] k, long[] s, long[] p, long[] d) {
    return new MaxPoolOp(Shape.of(k), Shape.of(s), Shape.of(p), Shape.of(d), rounding);
  }

  private static long[] all(long... sizes) {
    return sizes;
  }

  static OpInfo info() {
    MaxPoolOp plain = of(Rounding.FLOOR, all(2, 2), all(2, 2), all(0, 0), all(1, 1));
    MaxPoolOp spread = of(Rounding.FLOOR, all(2, 3), all(1, 1), all(1, 1), all(2, 3));
    return new OpInfo(
        "max_pool",
        FLOATS,
        in ->
            List.of(
                sample(plain, in.any(2, 3, 6, 9)),
                sample(of(Rounding.FLOOR, all(2), all(1), all(0), all(1)), in.any(1, 2, 5)),
                sample(plain, in.channelsLast(2, 3, 6, 9)),
                sample(
                    of(Rounding.CEIL, all(3, 2), all(2, 3), all(1, 0), all(1, 1)),
                    in.any(2, 3, 6, 37)),
                sample(spread, in.channelsLast(2, 20, 6, 9)),
                sample(of(Rounding.FLOOR, all(3), all(2), all(1), all(1)), in.any(2, 3, 40)),
                sample(
                    of(Rounding.CEIL, all(2, 2, 3), all(2, 1, 2), all(0, 1, 1), all(1, 1, 1)),
                    in.any(2, 3, 4, 5, 6)),
                sample(plain, in.any(0, 3, 6, 9)),
                sample(spread, in.any(1, 2, 6, 9)),
                sample(spread, in.edgeRows().reshape(1, 1, 2, 12)).valuesOnly(),
                sample(spread, in.any(1, 2, 6, 9).sign()).valuesOnly()),
        in ->
            List.of(
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "maxPool2d: windows of [2, 2] elements do not fit 1 elements",
                    in.any(2, 3, 1, 9)),
                ErrorSample.of(
                    of(Rounding.FLOOR, all(2, 2), all(2, 2), all(2, 0), all(1, 1)),
                    ShapeException.class,
                    "padding [2, 0] must be at most half of the windows of [2, 2]",
                    in.any(2, 3, 5, 5)),
                ErrorSample.of(
                    of(Rounding.FLOOR, all(2, 2), all(0, 2), all(0, 0), all(1, 1)),
                    ShapeException.class,
                    "must be positive",
                    in.any(2, 3, 5, 5)),
                ErrorSample.of(
                    plain,
                    ShapeException.class,
                    "needs elements in every dimension but the batch's",
                    in.any(2, 3, 0, 5)),
                ErrorSample.of(
                    plain, ShapeException.class, "of 4 dimensions, got shape", in.any(3, 5, 5)),
                ErrorSample.of(
                    plain,
                    DTypeException.class,
                    "needs a floating-point tensor, not int64",
                    in.index(1, 2, 3, 5, 5))));
  }

  private static Sample sample(MaxPoolOp op, Tensor x) {
    String peer =
        "torch.max_pool%dd_with_indices(x0, %s, %s, %s, %s, %s)"
            .formatted(
                op.kernel.rank(),
                op.kernel,
                op.stride,
                op.padding,
                op.dilation,
                op.rounding == Rounding.CEIL ? "True" : "False");
    return Sample.of(op, x).peer(peer);
  }
}
