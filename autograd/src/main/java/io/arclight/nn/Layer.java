package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** A module from one tensor to one tensor. */
public abstract class Layer extends Module {

  /** Sees, and may replace, the input; null leaves it. */
  @FunctionalInterface
  public interface ForwardPreHook {
    Tensor before(Layer layer, Tensor input);
  }

  /** Sees, and may replace, the output; null leaves it. */
  @FunctionalInterface
  public interface ForwardHook {
    Tensor after(Layer layer, Tensor input, Tensor output);
  }

  /** What the layer computes; callers use {@link #call} so that hooks run. */
  public abstract Tensor forward(Tensor input);

  /** Runs {@link #forward} between the hooks. */
  public final Tensor call(Tensor input) {
    return within(() -> hooks().run(this, input));
  }

  /** Adds a hook that runs before {@link #forward}; returns its removal. */
  public final Runnable registerForwardPreHook(ForwardPreHook hook) {
    return hooks().add(hook);
  }

  /** Adds a hook that runs after {@link #forward}; returns its removal. */
  public final Runnable registerForwardHook(ForwardHook hook) {
    return hooks().add(hook);
  }
}
