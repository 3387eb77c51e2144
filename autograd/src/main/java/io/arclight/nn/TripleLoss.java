package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.io.Serializable;

/** A loss of three tensors, such as an anchor, a positive and a negative. */
public interface TripleLoss extends Serializable {

  /** The loss: a scalar unless the reduction is NONE. */
  Tensor forward(Tensor first, Tensor second, Tensor third);

  /** What becomes of the losses of the elements or samples. */
  Reduction reduction();

  /** The same loss, reduced otherwise. */
  TripleLoss reduction(Reduction reduction);
}
