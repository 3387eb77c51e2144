package io.arclight.autograd;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.List;

/** Checks of what a walk starts from. */
final class Roots {
  private Roots() {}

  static void check(List<Tensor> roots, List<Tensor> grads) {
    if (roots.isEmpty()) {
      throw new TensorException("backward: needs at least one tensor to start from");
    }
    if (roots.size() != grads.size()) {
      throw new TensorException(
          "backward: " + roots.size() + " tensors, but " + grads.size() + " gradients for them");
    }
    for (Tensor root : roots) {
      if (!root.requiresGrad()) {
        throw new TensorException(
            "backward: a tensor of shape "
                + root.shape()
                + " does not require a gradient: nothing it was computed from does, or it was"
                + " computed under noGrad(); call requiresGrad(true) on a leaf before the forward");
      }
    }
  }

  /** The given gradient, checked, or one for a scalar. */
  static Tensor gradient(Tensor root, Tensor given) {
    if (given == null) {
      if (root.elements() != 1) {
        throw new ShapeException(
            "backward: only of a scalar can the gradient be left out, not of shape "
                + root.shape()
                + "; reduce it by sum() or mean(), or pass a gradient");
      }
      if (root.isComplex()) {
        throw new DTypeException(
            "backward: only of a real scalar can the gradient be left out, not of "
                + root.dtype()
                + ": take abs() or real(), or pass a gradient");
      }
      return Tensor.ones(root.shape(), root.dtype(), root.device());
    }
    if (!given.shape().equals(root.shape())
        && !(given.elements() == 1 && root.shape().equals(Shape.SCALAR))) {
      throw new ShapeException(
          "backward: the gradient has shape "
              + given.shape()
              + ", the tensor "
              + root.shape()
              + "; they must be equal");
    }
    if (given.dtype() != root.dtype()) {
      throw new DTypeException(
          "backward: the gradient is " + given.dtype() + ", the tensor " + root.dtype());
    }
    return given.reshape(root.shape());
  }
}
