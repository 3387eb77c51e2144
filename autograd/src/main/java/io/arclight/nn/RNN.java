package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;

/** Simple recurrent layers: {@code h = tanh(W x + b + U h + c)}, or relu in the place of tanh. */
public final class RNN extends RNNBase<Tensor, RNN> {
  /** What a simple recurrent layer or cell applies to its sum. */
  public enum Nonlinearity {
    TANH(RecurrentCell.RNN_TANH),
    RELU(RecurrentCell.RNN_RELU);

    final RecurrentCell cell;

    Nonlinearity(RecurrentCell cell) {
      this.cell = cell;
    }
  }

  /** With tanh. */
  public RNN(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, Nonlinearity.TANH);
  }

  /** From {@code inputSize} features to {@code hiddenSize}. */
  public RNN(long inputSize, long hiddenSize, Nonlinearity nonlinearity) {
    super(nonlinearity.cell, inputSize, hiddenSize);
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
