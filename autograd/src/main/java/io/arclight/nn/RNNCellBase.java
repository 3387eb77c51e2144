package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.RecurrentCell;
import io.arclight.tensor.op.RecurrentOp;
import io.arclight.tensor.op.ScanOp.Direction;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of one recurrent layer: inputs [batch, inputSize] or [inputSize], states [batch,
 * hiddenSize] or [hiddenSize].
 *
 * @param <S> the state: a tensor, or two for LSTM
 * @param <R> the cell itself
 */
public abstract class RNNCellBase<S, R extends RNNCellBase<S, R>> extends Module {
  private static final List<String> BIASES = List.of("bias_ih", "bias_hh");

  private final long inputSize;
  private final long hiddenSize;

  RNNCellBase(int gates, long inputSize, long hiddenSize) {
    if (inputSize < 0 || hiddenSize < 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + ": inputSize "
              + inputSize
              + " must not be negative and hiddenSize "
              + hiddenSize
              + " must be positive");
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    double bound = 1 / Math.sqrt(hiddenSize);
    long wide = gates * hiddenSize;
    register("weight_ih", Init.uniform(Shape.of(wide, inputSize), -bound, bound));
    register("weight_hh", Init.uniform(Shape.of(wide, hiddenSize), -bound, bound));
    BIASES.forEach(name -> register(name, Init.uniform(Shape.of(wide), -bound, bound)));
  }

  /** Without biases. */
  @SuppressWarnings("unchecked")
  public final R noBias() {
    BIASES.forEach(this::unregister);
    return (R) this;
  }

  abstract RecurrentCell cell();

  abstract Tensor[] split(S state);

  abstract S join(Tensor... parts);

  /** The state after a step from a state of zeros. */
  public final S call(Tensor input) {
    return within(in -> forward(in[0], null), input);
  }

  /**
   * The state after a step from {@code state}.
   *
   * @throws ShapeException if the features or the state do not fit
   */
  public final S call(Tensor input, S state) {
    return within(in -> forward(in[0], state), input);
  }

  /** What {@link #call(Tensor, Object)} runs; a null state is zeros. */
  public S forward(Tensor input, S state) {
    if (input.rank() < 1 || input.rank() > 2 || input.dim(-1) != inputSize) {
      throw new ShapeException(
          getClass().getSimpleName()
              + ": expects [batch, "
              + inputSize
              + "] or ["
              + inputSize
              + "], got "
              + input.shape());
    }
    boolean single = input.rank() == 1;
    Tensor x = single ? input.unsqueeze(0) : input;
    List<Tensor> inputs = new ArrayList<>(List.of(x.unsqueeze(0)));
    for (Tensor part : state == null ? zeros(x) : split(state)) {
      Shape expected = single ? Shape.of(hiddenSize) : Shape.of(x.dim(0), hiddenSize);
      boolean given = state != null;
      if (given && !part.shape().equals(expected)) {
        throw new ShapeException(
            getClass().getSimpleName()
                + ": a state for the input "
                + input.shape()
                + " must be "
                + expected
                + ", not "
                + part.shape());
      }
      inputs.add(single && given ? part.unsqueeze(0) : part);
    }
    for (String name : List.of("weight_ih", "weight_hh", "bias_ih", "bias_hh")) {
      Tensor parameter = Derived.parameter(this, name);
      if (parameter != null) {
        inputs.add(parameter);
      }
    }
    Tensor[] out =
        Tensor.applyAll(
            new RecurrentOp(cell(), Direction.FORWARD, List.of()), inputs.toArray(new Tensor[0]));
    Tensor[] parts = new Tensor[cell().hasCell() ? 2 : 1];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = single ? out[1 + i].squeeze(0) : out[1 + i];
    }
    return join(parts);
  }

  private Tensor[] zeros(Tensor x) {
    Tensor one = Tensor.zeros(Shape.of(1, hiddenSize), x.dtype(), x.device());
    Tensor all = one.expand(x.dim(0), hiddenSize);
    return cell().hasCell() ? new Tensor[] {all, all} : new Tensor[] {all};
  }

  @Override
  protected String extra() {
    return inputSize
        + ", "
        + hiddenSize
        + (Derived.parameter(this, "bias_ih") == null ? ", bias=False" : "");
  }
}
