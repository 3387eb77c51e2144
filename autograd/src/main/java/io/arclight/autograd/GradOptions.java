package io.arclight.autograd;

import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Options of {@link Autograd#grad}.
 *
 * @param gradOutputs gradients of the outputs; empty for ones (scalars only)
 * @param graph what becomes of the graph
 * @param unused what happens for an input that no output depends on
 */
public record GradOptions(List<Tensor> gradOutputs, GraphUse graph, Unused unused) {

  /** What to do for an input that takes no part. */
  public enum Unused {
    /** It is an error. */
    FAIL,
    /** Its gradient is null. */
    NULL
  }

  /** Ones for the outputs' gradients, a graph that is released, inputs that must all be used. */
  public static GradOptions standard() {
    return new GradOptions(List.of(), GraphUse.RELEASE, Unused.FAIL);
  }

  /** With these gradients of the outputs. */
  public GradOptions gradOutputs(Tensor... grads) {
    return new GradOptions(List.of(grads), graph, unused);
  }

  /** What becomes of the graph. */
  public GradOptions graph(GraphUse use) {
    return new GradOptions(gradOutputs, use, unused);
  }

  /** Null for inputs that the outputs do not depend on. */
  public GradOptions allowUnused() {
    return new GradOptions(gradOutputs, graph, Unused.NULL);
  }
}
