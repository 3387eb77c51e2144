package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/** A {@link InstanceNorm1d} whose features are the channels of its first input. */
public final class LazyInstanceNorm1d extends LazyLayer<InstanceNorm1d> {
  public LazyInstanceNorm1d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyInstanceNorm1d(UnaryOperator<InstanceNorm1d> options) {
    super(InstanceNorm1d::new, options);
  }

  @Override
  List<String> keys() {
    return List.of("running_mean", "weight");
  }

  @Override
  long size(Tensor input) {
    return input.dim(-2);
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
