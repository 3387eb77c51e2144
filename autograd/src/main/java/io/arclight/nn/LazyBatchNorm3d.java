package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/** A {@link BatchNorm3d} whose features are the channels of its first input. */
public final class LazyBatchNorm3d extends LazyLayer<BatchNorm3d> {
  public LazyBatchNorm3d() {
    this(UnaryOperator.identity());
  }

  /** With options, such as {@code norm -> norm.eps(1e-3)}. */
  public LazyBatchNorm3d(UnaryOperator<BatchNorm3d> options) {
    super(BatchNorm3d::new, options);
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
