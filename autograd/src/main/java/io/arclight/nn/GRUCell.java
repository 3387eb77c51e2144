package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;

/** One step of {@link GRU}. */
public final class GRUCell extends RNNCellBase<Tensor, GRUCell> {
  /** From {@code inputSize} features to {@code hiddenSize}. */
  public GRUCell(long inputSize, long hiddenSize) {
    super(RecurrentCell.GRU.gates(), inputSize, hiddenSize);
  }

  @Override
  RecurrentCell cell() {
    return RecurrentCell.GRU;
  }

  @Override
  Tensor[] split(Tensor state) {
    return new Tensor[] {state};
  }

  @Override
  Tensor join(Tensor... parts) {
    return parts[0];
  }
}
