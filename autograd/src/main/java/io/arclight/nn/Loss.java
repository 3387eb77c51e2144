package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.io.Serializable;

/** How far predictions are from targets; a value that travels to executors. */
public interface Loss extends Serializable {

  /** The loss: a scalar unless the reduction is NONE. */
  Tensor forward(Tensor prediction, Tensor target);

  Reduction reduction();

  /** The same loss, reduced otherwise. */
  Loss reduction(Reduction reduction);
}
