package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * An application of a function made of operations, with a gradient rule of its own. Unlike other
 * operations it is made for one application, whose state it holds. What traces operations sees
 * those that it is made of.
 */
public interface CompositeOp extends Op {
  /** Nothing is known before it has run. */
  @Override
  default List<Spec> infer(Tensor... inputs) {
    return List.of();
  }

  /** Whether the input {@code t} was changed in place and is an output. */
  boolean changed(Tensor t);

  /** Whether the output {@code t} has a gradient. */
  boolean derives(Tensor t);

  /** Told once the outputs have their places in the graph. */
  void recorded(Tensor[] outputs);

  /** Lets go of what was saved for backward. */
  void release();
}
