package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;

/** One step of {@link LSTM}. */
public final class LSTMCell extends RNNCellBase<LSTM.State, LSTMCell> {
  /** From {@code inputSize} features to {@code hiddenSize}. */
  public LSTMCell(long inputSize, long hiddenSize) {
    super(RecurrentCell.LSTM.gates(), inputSize, hiddenSize);
  }

  @Override
  RecurrentCell cell() {
    return RecurrentCell.LSTM;
  }

  @Override
  Tensor[] split(LSTM.State state) {
    return new Tensor[] {state.hidden(), state.cell()};
  }

  @Override
  LSTM.State join(Tensor... parts) {
    return new LSTM.State(parts[0], parts[1]);
  }
}
