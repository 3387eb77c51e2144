package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;

/**
 * Gated recurrent units: {@code r, z = sigmoid(...)} of {@code W x + b + U h + c}, {@code n =
 * tanh(W x + b + r (U h + c))}, then {@code h = (1 - z) n + z h}.
 */
public final class GRU extends RNNBase<Tensor, GRU> {
  /** From {@code inputSize} features to {@code hiddenSize}. */
  public GRU(long inputSize, long hiddenSize) {
    super(RecurrentCell.GRU, inputSize, hiddenSize);
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
