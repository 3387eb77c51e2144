package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Op;

/** An elementwise layer, one kernel, which may write over its input. */
public abstract class Activation extends Layer {
  private final Op op;
  private boolean inPlace;

  Activation(Op op) {
    this.op = op;
  }

  /**
   * Overwrites the input, as PyTorch's {@code inplace=True}: no memory for an output. Traced
   * programs leave their input.
   *
   * @return this
   */
  public final Activation inPlace() {
    inPlace = true;
    return this;
  }

  @Override
  public final Tensor forward(Tensor input) {
    return inPlace && Context.current().tracer() == null
        ? input.inPlace(op)
        : Tensor.apply(op, input);
  }

  /** The arguments but for this layer's being in place. */
  String arguments() {
    return "";
  }

  @Override
  protected final String extra() {
    String arguments = arguments();
    return inPlace ? (arguments.isEmpty() ? "" : arguments + ", ") + "inplace=True" : arguments;
  }
}
