package io.arclight.nn.utils;

import io.arclight.nn.Module;
import io.arclight.tensor.Tensor;

/** How a parameter is computed from others that are trained in its place. */
public abstract class Parametrization extends Module {

  /**
   * The parameter's value.
   *
   * @param originals what {@link #rightInverse} gives; of a second parametrization of a parameter
   *     the value that the first gives
   */
  public abstract Tensor forward(Tensor... originals);

  /** Originals for which {@link #forward} gives {@code value}, or nearly; itself by default. */
  public Tensor[] rightInverse(Tensor value) {
    return new Tensor[] {value};
  }

  /** The originals to begin with. */
  Tensor[] initial(Tensor value) {
    return rightInverse(value);
  }

  final Tensor call(Tensor... originals) {
    return within(this::forward, originals);
  }
}
