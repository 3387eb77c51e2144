package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What runs around calls of modules. Hooks see the tensors of inputs and outputs in order (of a
 * record, list or map of tensors all that it holds) and may give others in their place, as many;
 * null leaves them.
 *
 * <pre>{@code
 * Runnable remove = model.registerForwardHook((module, in, out) -> {
 *   activations.put(module, out[0].detach());
 *   return null;
 * });
 * }</pre>
 */
public final class ModuleHooks {
  /** Sees, and may replace, the inputs; one that was left out is null. */
  @FunctionalInterface
  public interface ForwardPre {
    Tensor[] before(Module module, Tensor[] inputs);
  }

  /** Sees, and may replace, the outputs. */
  @FunctionalInterface
  public interface Forward {
    Tensor[] after(Module module, Tensor[] inputs, Tensor[] outputs);
  }

  /** Sees, and may replace, the outputs' gradients; null for an output without one. */
  @FunctionalInterface
  public interface BackwardPre {
    Tensor[] before(Module module, Tensor[] gradOutputs);
  }

  /** Sees, and may replace, the inputs' gradients; null for an input without one. */
  @FunctionalInterface
  public interface Backward {
    Tensor[] after(Module module, Tensor[] gradInputs, Tensor[] gradOutputs);
  }

  /** Hooks of all modules, which run before a module's own. */
  private static final ModuleHooks GLOBAL = new ModuleHooks();

  private final List<ForwardPre> before = new CopyOnWriteArrayList<>();
  private final List<Forward> after = new CopyOnWriteArrayList<>();
  final List<BackwardPre> backwardPre = new CopyOnWriteArrayList<>();
  final List<Backward> backward = new CopyOnWriteArrayList<>();
  private volatile boolean any;

  ModuleHooks() {}

  /** Adds a hook that runs before every call of any module; returns its removal. */
  public static Runnable registerModuleForwardPreHook(ForwardPre hook) {
    return GLOBAL.beforeForward(hook);
  }

  /** Adds a hook that runs after every call of any module; returns its removal. */
  public static Runnable registerModuleForwardHook(Forward hook) {
    return GLOBAL.afterForward(hook);
  }

  /** Adds a hook on the gradients of any module's outputs; returns its removal. */
  public static Runnable registerModuleFullBackwardPreHook(BackwardPre hook) {
    return GLOBAL.beforeBackward(hook);
  }

  /** Adds a hook on the gradients of any module's inputs; returns its removal. */
  public static Runnable registerModuleFullBackwardHook(Backward hook) {
    return GLOBAL.afterBackward(hook);
  }

  static ModuleHooks global() {
    return GLOBAL;
  }

  Runnable beforeForward(ForwardPre hook) {
    return changed(add(before, (module, in) -> hook.before(module, in)));
  }

  Runnable afterForward(Forward hook) {
    return changed(add(after, (module, in, out) -> hook.after(module, in, out)));
  }

  Runnable beforeBackward(BackwardPre hook) {
    return changed(add(backwardPre, (module, grads) -> hook.before(module, grads)));
  }

  Runnable afterBackward(Backward hook) {
    return changed(add(backward, (module, in, out) -> hook.after(module, in, out)));
  }

  /** Wrapped by the caller, so that a hook that is added twice can be removed once. */
  static <T> Runnable add(List<T> hooks, T wrapped) {
    hooks.add(wrapped);
    return () -> hooks.remove(wrapped);
  }

  private Runnable changed(Runnable removal) {
    any = true;
    return () -> {
      removal.run();
      any = !(before.isEmpty() && after.isEmpty() && backwardPre.isEmpty() && backward.isEmpty());
    };
  }

  boolean any() {
    return any || GLOBAL.any;
  }

  <T> T run(Module module, Module.Forward<T> forward, Tensor[] inputs) {
    return any() ? around(module, forward, inputs) : forward.of(inputs);
  }

  private <T> T around(Module module, Module.Forward<T> forward, Tensor[] inputs) {
    Tensor[] in = GLOBAL.replaceInputs(module, inputs);
    in = replaceInputs(module, in);
    BackwardBoundary boundary = watchesBackward() ? new BackwardBoundary(module) : null;
    in = boundary == null ? in : boundary.enter(in);
    T out = forward.of(in);
    out = GLOBAL.replaceOutputs(module, in, out);
    out = replaceOutputs(module, in, out);
    return boundary == null ? out : boundary.leave(out);
  }

  private boolean watchesBackward() {
    return Context.current().gradEnabled() && !(noneBackward() && GLOBAL.noneBackward());
  }

  private boolean noneBackward() {
    return backwardPre.isEmpty() && backward.isEmpty();
  }

  private Tensor[] replaceInputs(Module module, Tensor[] inputs) {
    Tensor[] in = inputs;
    for (ForwardPre hook : before) {
      in = replaced(module, "forward pre-hook", in, hook.before(module, in.clone()));
    }
    return in;
  }

  private <T> T replaceOutputs(Module module, Tensor[] inputs, T outputs) {
    T out = outputs;
    for (Forward hook : after) {
      Tensor[] now = TensorStructure.tensors(out);
      Tensor[] next =
          replaced(module, "forward hook", now, hook.after(module, inputs, now.clone()));
      out = next == now ? out : TensorStructure.with(out, next);
    }
    return out;
  }

  static Tensor[] replaced(Module module, String what, Tensor[] now, Tensor[] next) {
    if (next != null && next.length != now.length) {
      throw new IllegalStateException(
          "a "
              + what
              + " of "
              + module.getClass().getSimpleName()
              + " gave "
              + next.length
              + " tensors for "
              + now.length
              + ": give as many, or null to leave them");
    }
    return next == null ? now : next;
  }
}
