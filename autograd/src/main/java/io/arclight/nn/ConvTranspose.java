package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * A transposed convolution layer of 1 to 3 spatial dimensions.
 *
 * @param <S> the layer itself
 */
public abstract class ConvTranspose<S extends ConvTranspose<S>> extends ConvLayer<S> {
  private ConvTransposeOptions options = new ConvTransposeOptions();

  ConvTranspose(int n, long inChannels, long outChannels, long... kernel) {
    super(n, inChannels, outChannels, kernel);
  }

  @Override
  final long[] channels(long groups) {
    return new long[] {inChannels, outChannels / groups};
  }

  private S with(ConvTransposeOptions next) {
    options = next.each(getClass().getSimpleName(), n);
    return self();
  }

  /** Elements between the results of neighbouring inputs; 1. */
  public S stride(long... sizes) {
    return with(options.stride(sizes));
  }

  /** By how much the result is smaller on both sides; 0. */
  public S padding(long... sizes) {
    return with(options.padding(sizes));
  }

  /** By how much the result is larger on one side; 0. */
  public S outputPadding(long... sizes) {
    return with(options.outputPadding(sizes));
  }

  /** From one element that the kernel writes to the next; 1. */
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
    return Convolve.transposed(n, input, weight(), bias(), options);
  }

  /**
   * The result of the spatial sizes {@code outputSize}, of those that the stride leaves open.
   *
   * @throws ShapeException for sizes that are not possible
   */
  public Tensor forward(Tensor input, Shape outputSize) {
    ConvTransposeOptions each = options.each(getClass().getSimpleName(), n);
    int rank = outputSize.rank();
    int lead = input.rank() - n;
    if (lead != 1 && lead != 2 || rank != n && rank != input.rank()) {
      throw new ShapeException(
          "%s: the output size %s needs %d sizes, for an input [n, channels, %d sizes], got %s"
              .formatted(getClass().getSimpleName(), outputSize, n, n, input.shape()));
    }
    long[] least = new long[n];
    long[] most = new long[n];
    long[] extra = new long[n];
    boolean possible = true;
    for (int i = 0; i < n; i++) {
      least[i] = Convolve.least(input.dim(lead + i), kernel.dim(i), each, i);
      most[i] = least[i] + each.stride().dim(i) - 1;
      extra[i] = outputSize.dim(rank - n + i) - least[i];
      possible &= extra[i] >= 0 && extra[i] < each.stride().dim(i);
    }
    if (!possible) {
      throw new ShapeException(
          "%s: the output size %s is not between %s and %s, for an input %s"
              .formatted(
                  getClass().getSimpleName(),
                  outputSize,
                  Arrays.toString(least),
                  Arrays.toString(most),
                  input.shape()));
    }
    return Convolve.transposed(n, input, weight(), bias(), each.outputPadding(extra));
  }

  /** Runs {@link #forward(Tensor, Shape)}. */
  public Tensor call(Tensor input, Shape outputSize) {
    return within(in -> forward(in[0], outputSize), input);
  }

  @Override
  protected String extra() {
    return describe(
        options.stride(),
        options.padding(),
        options.dilation(),
        options.outputPadding(),
        options.groups(),
        PadMode.CONSTANT);
  }
}
