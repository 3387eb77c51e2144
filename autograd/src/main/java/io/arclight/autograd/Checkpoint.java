package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * A function whose intermediate results are not kept for backward, but computed again there: less
 * memory for more time. It gets all that it needs gradients of as arguments or from what it
 * captures, and hands out tensors as results only: others are freed when it returns.
 *
 * <pre>{@code
 * Tensor h = Checkpoint.checkpoint(in -> block.call(in[0]), x);
 * Tensor y = Checkpoint.of(f).policy(op -> op instanceof MatMulOp ? SAVE : RECOMPUTE).apply(h);
 * }</pre>
 *
 * <p>Random values come from the same places of the thread's stream again. A function that computes
 * something else in backward is a {@link CheckpointException}.
 */
public final class Checkpoint implements TensorFunction, TensorsFunction {
  private final TensorsFunction function;
  private final CheckpointFrame.Options options;

  private Checkpoint(TensorsFunction function, CheckpointFrame.Options options) {
    this.function = function;
    this.options = options;
  }

  /** Of a function that is computed again in backward. */
  public static Checkpoint of(TensorFunction function) {
    return ofAll(function.all());
  }

  /** For a function of several outputs. */
  public static Checkpoint ofAll(TensorsFunction function) {
    return new Checkpoint(function, CheckpointFrame.Options.STANDARD);
  }

  /** Applies {@code function} with the standard options. */
  public static Tensor checkpoint(TensorFunction function, Tensor... inputs) {
    return of(function).apply(inputs);
  }

  /**
   * Applies {@code functions} one after the other in {@code segments} parts of about the same
   * length, all but the last checkpointed.
   */
  public static Tensor checkpointSequential(
      List<? extends TensorFunction> functions, int segments, Tensor input) {
    if (segments < 1 || segments > functions.size()) {
      throw new TensorException(
          "checkpointSequential: "
              + segments
              + " segments of "
              + functions.size()
              + " functions: must be 1 to that number");
    }
    int length = functions.size() / segments;
    Tensor x = input;
    for (int i = 0; i < segments; i++) {
      int end = i == segments - 1 ? functions.size() : (i + 1) * length;
      List<? extends TensorFunction> part = functions.subList(i * length, end);
      TensorFunction segment =
          in -> {
            Tensor y = in[0];
            for (TensorFunction f : part) {
              y = f.apply(y);
            }
            return y;
          };
      x = i == segments - 1 ? segment.apply(x) : checkpoint(segment, x);
    }
    return x;
  }

  /** Draws new random values in backward, for functions that draw none: saves little. */
  public Checkpoint noRngState() {
    return new Checkpoint(function, options.withoutRngState());
  }

  /** Does not compare shapes, dtypes and devices of what backward computes with forward's. */
  public Checkpoint noDeterminismCheck() {
    return new Checkpoint(function, options.withoutDeterminismCheck());
  }

  /** Runs the function to its end in backward, even when all that is needed is there. */
  public Checkpoint noEarlyStop() {
    return new Checkpoint(function, options.withoutEarlyStop());
  }

  /** Keeps the outputs of some operations. */
  public Checkpoint policy(CheckpointPolicy.Rule rule) {
    return new Checkpoint(function, options.withPolicy(rule));
  }

  @Override
  public Tensor apply(Tensor... inputs) {
    return applyAll(inputs)[0];
  }

  @Override
  public Tensor[] applyAll(Tensor... inputs) {
    Context context = Context.current();
    if (!context.gradEnabled()) {
      return function.applyAll(inputs);
    }
    CheckpointFrame frame = new CheckpointFrame(function, options, inputs);
    List<Tensor[]> kept =
        Scope.run(
            () -> {
              List<Tensor[]> out = new ArrayList<>();
              out.add(frame.forward(inputs));
              out.addAll(frame.cached());
              return out;
            });
    return kept.get(0);
  }
}
