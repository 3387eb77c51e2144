package io.arclight.autograd;

import io.arclight.tensor.GradientEngine;
import io.arclight.tensor.Tensor;
import java.util.List;

/** The gradient engine behind {@link Tensor#backward()}; see {@link Backward} for the walk. */
public final class Walk implements GradientEngine {

  @Override
  public void backward(List<Tensor> roots, List<Tensor> grads, GraphUse use) {
    Roots.check(roots, grads);
    new Backward(Graph.accumulating(roots), use).run(roots, grads);
  }
}
