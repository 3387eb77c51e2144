package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/** A convolution layer that takes its input channels from its first input. */
abstract class LazyConvLayer<L extends ConvLayer<L>> extends LazyLayer<L> {
  private final int n;
  private final long outChannels;
  private final long[] kernel;

  LazyConvLayer(
      int n, long outChannels, long[] kernel, LongFunction<L> make, UnaryOperator<L> options) {
    super(make, options);
    this.n = n;
    this.outChannels = outChannels;
    this.kernel = kernel.clone();
  }

  @Override
  final long size(Tensor input) {
    if (input.rank() != n + 1 && input.rank() != n + 2) {
      throw new ShapeException(
          "%s: needs an input of %d or %d dimensions, got shape %s"
              .formatted(getClass().getSimpleName(), n + 1, n + 2, input.shape()));
    }
    return input.dim(-n - 1);
  }

  @Override
  final long sizeOfSaved(Tensor weight) {
    // A layer with as many inputs as outputs tells in how many groups they are.
    L probe = of(outChannels);
    return probe instanceof Conv<?>
        ? weight.dim(1) * (outChannels / probe.weight().dim(1))
        : weight.dim(0);
  }

  @Override
  protected final String extra() {
    long[] sizes = Sizes.each("kernel", Shape.of(kernel), n).toArray();
    return "0, " + outChannels + ", kernel_size=" + Sizes.tuple(sizes);
  }
}
