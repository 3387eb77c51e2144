package io.arclight.tensor;

import java.util.List;
import java.util.ServiceLoader;

/** The walk from outputs to gradients; module autograd provides it through ServiceLoader. */
public interface GradientEngine {

  /**
   * Accumulates into {@link Tensor#grad()} of every leaf that {@code roots} depend on.
   *
   * @param grads gradients of the roots, null for ones (scalars only)
   */
  void backward(List<Tensor> roots, List<Tensor> grads, GraphUse use);

  /** What becomes of the graph after a backward. */
  enum GraphUse {
    /** Saved tensors are released as they are consumed. */
    RELEASE,
    /** The graph may be walked again. */
    RETAIN,
    /** As RETAIN, and the gradients are themselves recorded. */
    CREATE
  }

  /** The engine on the class path. */
  static GradientEngine current() {
    return Holder.ENGINE;
  }

  /** Loads the engine once. */
  final class Holder {
    private Holder() {}

    static final GradientEngine ENGINE =
        ServiceLoader.load(GradientEngine.class, GradientEngine.class.getClassLoader())
            .findFirst()
            .orElseThrow(
                () ->
                    new TensorException(
                        "no GradientEngine on the class path: backward() needs the artifact"
                            + " io.arclight:autograd"));
  }
}
