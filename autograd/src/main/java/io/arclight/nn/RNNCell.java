package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;

/** One step of {@link RNN}. */
public final class RNNCell extends RNNCellBase<Tensor, RNNCell> {
  private final RNN.Nonlinearity nonlinearity;

  /** With tanh. */
  public RNNCell(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, RNN.Nonlinearity.TANH);
  }

  /** From {@code inputSize} features to {@code hiddenSize}. */
  public RNNCell(long inputSize, long hiddenSize, RNN.Nonlinearity nonlinearity) {
    super(nonlinearity.cell.gates(), inputSize, hiddenSize);
    this.nonlinearity = nonlinearity;
  }

  @Override
  RecurrentCell cell() {
    return nonlinearity.cell;
  }

  @Override
  Tensor[] split(Tensor state) {
    return new Tensor[] {state};
  }

  @Override
  Tensor join(Tensor... parts) {
    return parts[0];
  }

  @Override
  protected String extra() {
    return super.extra() + (nonlinearity == RNN.Nonlinearity.RELU ? ", nonlinearity=relu" : "");
  }
}
