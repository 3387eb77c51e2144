package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * A convolution layer of 1 to 3 spatial dimensions.
 *
 * @param <S> the layer itself
 */
public abstract class Conv<S extends Conv<S>> extends ConvLayer<S> {
  private ConvOptions options = new ConvOptions();
  private PadMode mode = PadMode.CONSTANT;

  Conv(int n, long inChannels, long outChannels, long... kernel) {
    super(n, inChannels, outChannels, kernel);
  }

  @Override
  final long[] channels(long groups) {
    return new long[] {outChannels, inChannels / groups};
  }

  private S with(ConvOptions next) {
    options = next.each(getClass().getSimpleName(), n);
    return self();
  }

  /** From one position of the kernel to the next; 1. */
  public S stride(long... sizes) {
    return with(options.stride(sizes));
  }

  /** Elements added on both sides; 0. */
  public S padding(long... sizes) {
    return with(options.padding(sizes));
  }

  /** By a rule instead of sizes. */
  public S padding(Padding rule) {
    return with(options.padding(rule));
  }

  /** What is added; zeros. */
  public S paddingMode(PadMode next) {
    mode = next;
    return self();
  }

  /** From one element that the kernel sees to the next; 1. */
  public S dilation(long... sizes) {
    return with(options.dilation(sizes));
  }

  /** Divides the channels into groups that do not see each other, with a weight made anew; 1. */
  public S groups(long count) {
    regroup(count);
    return with(options.groups(count));
  }

  @Override
  public Tensor forward(Tensor input) {
    if (mode == PadMode.CONSTANT) {
      return Convolve.forward(n, input, weight(), bias(), options);
    }
    ConvOptions each = options.each("conv" + n + "d", n);
    long[][] padding = Convolve.padding("conv" + n + "d", each, weight().shape());
    long[] pad = new long[2 * n];
    for (int i = 0; i < n; i++) {
      pad[2 * (n - 1 - i)] = padding[0][i];
      pad[2 * (n - 1 - i) + 1] = padding[1][i];
    }
    Tensor padded = Functional.pad(input, mode, pad);
    return Convolve.forward(n, padded, weight(), bias(), options.padding(Padding.VALID));
  }

  @Override
  protected String extra() {
    Object padding = options.rule() == null ? options.padding() : options.rule();
    return describe(
        options.stride(), padding, options.dilation(), Shape.of(0), options.groups(), mode);
  }
}
