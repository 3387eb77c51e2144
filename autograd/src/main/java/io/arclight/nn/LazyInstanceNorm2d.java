package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/** A {@link InstanceNorm2d} whose features are the channels of its first input. */
public final class LazyInstanceNorm2d extends LazyLayer<InstanceNorm2d> {
  public LazyInstanceNorm2d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyInstanceNorm2d(UnaryOperator<InstanceNorm2d> options) {
    super(InstanceNorm2d::new, options);
  }

  @Override
  List<String> keys() {
    return List.of("running_mean", "weight");
  }

  @Override
  long size(Tensor input) {
    return input.dim(-3);
  }

  @Override
  long sizeOfSaved(Tensor saved) {
    return saved.dim(0);
  }

  @Override
  protected String extra() {
    return "0";
  }
}
