package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/** A {@link BatchNorm2d} whose features are the channels of its first input. */
public final class LazyBatchNorm2d extends LazyLayer<BatchNorm2d> {
  public LazyBatchNorm2d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyBatchNorm2d(UnaryOperator<BatchNorm2d> options) {
    super(BatchNorm2d::new, options);
  }

  @Override
  List<String> keys() {
    return List.of("running_mean", "weight");
  }

  @Override
  long size(Tensor input) {
    return input.dim(1);
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
