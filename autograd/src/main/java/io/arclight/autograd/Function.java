package io.arclight.autograd;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;

/**
 * A function with a gradient of its own. Arguments that are no tensors are fields; what one
 * application keeps for its backward is in the {@link FunctionContext}. A function object may be
 * applied any number of times.
 *
 * <pre>{@code
 * final class Cube extends Function {
 *   protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
 *     ctx.saveForBackward(in[0]);
 *     return new Tensor[] {in[0].mul(in[0]).mul(in[0])};
 *   }
 *
 *   protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
 *     Tensor x = ctx.savedTensors()[0];
 *     return new Tensor[] {grads[0].mul(x).mul(x).mul(3)};
 *   }
 * }
 *
 * Tensor y = new Cube().apply(x);
 * }</pre>
 */
public abstract class Function {

  /** The outputs; operations in here are not recorded. */
  protected abstract Tensor[] forward(FunctionContext ctx, Tensor... inputs);

  /**
   * The gradient of each input (null where there is none), from those of the outputs. Made of
   * operations, it has gradients in turn.
   */
  protected abstract Tensor[] backward(FunctionContext ctx, Tensor... grads);

  /**
   * The outputs for many slices at once, all with a leading axis: by default {@link #forward} and
   * {@link #backward} are themselves batched.
   *
   * @param batched which inputs have a leading axis of {@code size}
   */
  protected Tensor[] vmap(long size, boolean[] batched, Tensor... inputs) {
    return new BatchedFunction(this, size, batched).applyAll(inputs);
  }

  /** In errors and profiles. */
  public String name() {
    return getClass().getSimpleName();
  }

  /** Applies a function of one output. */
  public final Tensor apply(Tensor... inputs) {
    Tensor[] out = applyAll(inputs);
    if (out.length != 1) {
      throw new TensorException(
          name() + ": apply is for functions of one output, not " + out.length + ": use applyAll");
    }
    return out[0];
  }

  /** Applies the function and gives all outputs. */
  public final Tensor[] applyAll(Tensor... inputs) {
    return Tensor.applyAll(new FunctionOp(this, inputs.length), inputs);
  }
}
