package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.io.Serializable;

/** How far predictions are from targets; a value that travels to executors. */
public interface Loss extends Serializable {

  /** The loss: a scalar unless the reduction is NONE. */
  Tensor forward(Tensor prediction, Tensor target);

  /** What becomes of the losses of the elements or samples. */
  Reduction reduction();

  /** The same loss, reduced otherwise. */
  Loss reduction(Reduction reduction);

  /**
   * What a mean divides the sum of the losses by: the number of losses, unless some count more than
   * others. Over several batches the sum of the sums over the sum of these is the mean.
   */
  default double divisor(Tensor prediction, Tensor target) {
    return reduction(Reduction.NONE).forward(prediction, target).elements();
  }
}
