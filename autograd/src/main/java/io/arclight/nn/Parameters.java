package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Operations on lists of trained tensors. */
public final class Parameters {
  private Parameters() {}

  /** Drops the gradients of {@code parameters} and gives their memory back. */
  public static void zeroGrad(Iterable<Tensor> parameters) {
    for (Tensor parameter : parameters) {
      Tensor grad = parameter.grad();
      if (grad != null) {
        parameter.grad(null);
        grad.close();
      }
    }
  }

  /** Number of elements in all of {@code parameters}. */
  public static long count(Iterable<Tensor> parameters) {
    long out = 0;
    for (Tensor parameter : parameters) {
      out += parameter.elements();
    }
    return out;
  }
}
