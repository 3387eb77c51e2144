package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/** A normalisation that takes its features from the channels of its first input. */
abstract class LazyNorm<L extends RunningNorm<L>> extends LazyLayer<L> {
  private final int channels;

  /**
   * @param channels the dimension of an input that holds them
   */
  LazyNorm(int channels, LongFunction<L> make, UnaryOperator<L> options) {
    super(make, options);
    this.channels = channels;
  }

  @Override
  final List<String> keys() {
    return List.of("running_mean", "weight");
  }

  @Override
  final long size(Tensor input) {
    return input.dim(channels);
  }

  @Override
  final long sizeOfSaved(Tensor saved) {
    return saved.dim(0);
  }

  @Override
  protected final String extra() {
    return "0";
  }
}
