package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Col2ImOp;
import io.arclight.tensor.op.Im2ColOp;

/** Padding, and images taken apart into what a kernel sees. */
abstract class WindowFunctions extends LinearFunctions {
  WindowFunctions() {}

  /** Zeros around: {@code pad(input, PadMode.CONSTANT, sizes)}. */
  public static Tensor pad(Tensor input, long... sizes) {
    return pad(input, PadMode.CONSTANT, sizes);
  }

  /** {@code value} around; see {@link #pad(Tensor, PadMode, long...)}. */
  public static Tensor constantPadNd(Tensor input, Number value, long... sizes) {
    return Pads.constant(input, value, sizes);
  }

  /**
   * Elements added before and after dimensions, from the last one on: {@code pad(x, mode, left,
   * right, top, bottom)}. Negative numbers take elements away.
   *
   * @param input of any shape for zeros, else with one or two dimensions before those that are
   *     padded, of which there are 1 to 3
   * @throws io.arclight.tensor.ShapeException for more elements than the mode can give
   */
  public static Tensor pad(Tensor input, PadMode mode, long... sizes) {
    return Pads.pad(input, mode, sizes);
  }

  /**
   * What a kernel sees of images, a column for each of its positions: [n, c, height, width] or [c,
   * height, width] to [n, c * kernel, positions] or without n.
   */
  public static Tensor unfold(Tensor input, WindowOptions options) {
    WindowOptions o = options.each("unfold");
    Im2ColOp op = new Im2ColOp(o.kernel(), o.stride(), o.padding(), o.dilation());
    if (input.rank() == 3) {
      return Tensor.apply(op, input.unsqueeze(0)).squeeze(0);
    }
    return Tensor.apply(op, input);
  }

  /**
   * The sums of what {@link #unfold} takes apart: [n, c * kernel, positions] or [c * kernel,
   * positions] to images of the sizes {@code outputSize}.
   *
   * @param outputSize height and width, or one number for both
   */
  public static Tensor fold(Tensor input, Shape outputSize, WindowOptions options) {
    WindowOptions o = options.each("fold");
    Shape sizes = Sizes.each("fold: outputSize", outputSize, 2);
    Col2ImOp op = new Col2ImOp(sizes, o.kernel(), o.stride(), o.padding(), o.dilation());
    if (input.rank() == 2) {
      return Tensor.apply(op, input.unsqueeze(0)).squeeze(0);
    }
    return Tensor.apply(op, input);
  }
}
