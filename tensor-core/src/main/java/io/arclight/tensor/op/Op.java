package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * An operation, declared once as a value: an enum row or a record whose components are its
 * attributes. Everything the library knows of an operation hangs here: shapes, execution, gradient,
 * batching. Operations are applied through {@link Tensor#apply} only.
 */
public interface Op {

  /** Stable name, also in saved programs. */
  String name();

  /**
   * Shapes, dtypes and device of the outputs: the one place that validates inputs.
   *
   * @throws io.arclight.tensor.TensorException naming the operation, the shapes or dtypes, the fix
   */
  List<Spec> infer(Tensor... inputs);

  /** Computes the outputs, as described by {@code outputs}; may return views of the inputs. */
  Tensor[] eval(List<Spec> outputs, Tensor... inputs);

  /**
   * Computes the only output into {@code target}, which may be one of the inputs; by a copy unless
   * the operation knows better.
   *
   * @throws io.arclight.tensor.DTypeException if the target's dtype cannot hold the result
   */
  default void evalInto(Tensor target, Tensor... inputs) {
    Tensor result = eval(infer(inputs), inputs)[0];
    result = view() ? result.copy() : result;
    Elementwise.requireStorable(name(), result.dtype(), target.dtype());
    Pointwise.SECOND.evalInto(target, target, result);
  }

  /**
   * Gradients of the inputs from the gradients of the outputs, a pure function over tensors; null
   * where an input takes no gradient. An output gradient may be null when nothing flows into it.
   * Broadcasting is undone by the caller.
   */
  default Tensor[] vjp(Vjp saved, Tensor... grads) {
    throw new IllegalStateException(name() + " is not differentiable");
  }

  /** Whether {@link #vjp} is defined. */
  default boolean differentiable() {
    return true;
  }

  /** Whether {@link #vjp} reads input {@code i}. */
  default boolean savesInput(int i) {
    return false;
  }

  /** Whether the gradient of input {@code gradient} reads input {@code input}, which is saved. */
  default boolean reads(int gradient, int input) {
    return true;
  }

  /** Whether {@link #vjp} reads output {@code i}. */
  default boolean savesOutput(int i) {
    return false;
  }

  /** Whether outputs share memory with the inputs. */
  default boolean view() {
    return false;
  }

  /**
   * The batching rule: inputs carry a leading axis of size {@code size} where {@code batched}, and
   * so do all outputs. This default runs the slices one by one.
   */
  default Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return Batching.loop(this, size, batched, inputs);
  }
}
