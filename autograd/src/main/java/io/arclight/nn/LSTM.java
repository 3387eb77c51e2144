package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;

/**
 * Long short-term memory: {@code i, f, o = sigmoid(...)}, {@code g = tanh(...)} of {@code W x + b +
 * U h + c}, then {@code c = f c + i g} and {@code h = o tanh(c)}.
 *
 * <pre>{@code
 * LSTM lstm = new LSTM(64, 128).layers(2).bidirectional().batchFirst();
 * var out = lstm.call(x);            // [batch, steps, 64]
 * Tensor y = out.output();           // [batch, steps, 256]
 * Tensor h = out.state().hidden();   // [4, batch, 128]
 * }</pre>
 */
public final class LSTM extends RNNBase<LSTM.State, LSTM> {
  /** Hidden and cell states, each [layers * directions, batch, size]. */
  public record State(Tensor hidden, Tensor cell) {}

  /** From {@code inputSize} features to {@code hiddenSize}. */
  public LSTM(long inputSize, long hiddenSize) {
    super(RecurrentCell.LSTM, inputSize, hiddenSize);
  }

  /** Hidden states of {@code size} elements, made of the cells' by another weight. */
  public LSTM projSize(long size) {
    if (size < 0 || size >= hiddenSize()) {
      throw new IllegalArgumentException(
          "LSTM: projSize must be from 0 (none) to less than hiddenSize "
              + hiddenSize()
              + ", not "
              + size);
    }
    return project(size);
  }

  @Override
  Tensor[] split(State state) {
    return new Tensor[] {state.hidden, state.cell};
  }

  @Override
  State join(Tensor... parts) {
    return new State(parts[0], parts[1]);
  }
}
