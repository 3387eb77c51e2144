package io.arclight.autograd;

import io.arclight.tensor.Node;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.CompositeOp;
import java.util.List;

/** Who holds the memory of gradients, and so which ones can be given out without a copy. */
final class Ownership {
  private Ownership() {}

  /**
   * Whether {@code grads[i]}, just given by the rule of {@code node}, is a whole fresh block: not
   * shared with another gradient that goes in or out, nor with what the node saved.
   */
  static boolean exclusive(int i, Tensor[] grads, Tensor[] incoming, Node node) {
    Tensor grad = grads[i];
    if (grad == null || !grad.layout().isDense() || node.op() instanceof CompositeOp) {
      return false;
    }
    Storage storage = grad.storage();
    if (storage.bytes() != grad.elements() * grad.dtype().bytes()) {
      return false;
    }
    for (int j = 0; j < grads.length; j++) {
      if (j != i && holds(grads[j], storage)) {
        return false;
      }
    }
    for (Tensor other : incoming) {
      if (holds(other, storage)) {
        return false;
      }
    }
    return !node.saves(storage);
  }

  /**
   * Whether {@code grad} is memory of one of {@code given}, which the caller passed in: such a
   * gradient or view of it is given back as it is, and stays in the scope that it was in.
   */
  static boolean borrowed(Tensor grad, List<Tensor> given) {
    for (Tensor other : given) {
      if (holds(other, grad.storage())) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(Tensor tensor, Storage storage) {
    return tensor != null && tensor.storage() == storage;
  }
}
