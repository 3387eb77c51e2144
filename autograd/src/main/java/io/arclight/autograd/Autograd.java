package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.SavedTensorHooks;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.VmapLevel;
import io.arclight.tensor.memory.Scope;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** Gradients beyond {@link Tensor#backward()}, and the modes of recording. */
public final class Autograd {
  private Autograd() {}

  /**
   * Records nothing on this thread until closed.
   *
   * <pre>{@code
   * try (var mode = Autograd.noGrad()) {
   *   weight.addInPlace(update);
   * }
   * }</pre>
   */
  public static Context.Restore noGrad() {
    return Context.current().gradMode(false);
  }

  /** Records on this thread until closed, inside {@link #noGrad()}. */
  public static Context.Restore enableGrad() {
    return Context.current().gradMode(true);
  }

  /** Records on this thread until closed, or not. */
  public static Context.Restore setGradEnabled(boolean enabled) {
    return Context.current().gradMode(enabled);
  }

  /**
   * Until closed, records nothing on this thread and promises that what is made will never be
   * recorded: using it where gradients need its values is then an {@link
   * io.arclight.tensor.InferenceModeException}, and its changes in place are not counted.
   */
  public static Context.Restore inferenceMode() {
    return Context.current().inferenceMode(true);
  }

  /** Until closed, packs the tensors that operations save for backward by {@code hooks}. */
  public static Context.Restore savedTensorsHooks(SavedTensorHooks hooks) {
    return Context.current().savedTensorHooks(hooks);
  }

  /** Until closed, keeps tensors that operations save for backward in host memory. */
  public static Context.Restore saveOnCpu() {
    return savedTensorsHooks(new SaveOnCpu());
  }

  /** When a hook over several tensors runs, see {@link #registerMultiGradHook}. */
  public enum When {
    /** Once all gradients are there. */
    ALL,
    /** For the first one. */
    ANY
  }

  /**
   * Runs {@code hook} once in every backward in which gradients of {@code tensors} are computed.
   *
   * @param hook given the gradients in order; null for a tensor that takes no part in the backward,
   *     and with {@link When#ANY} for all but the first to arrive
   * @return its removal
   */
  public static Runnable registerMultiGradHook(
      List<Tensor> tensors, When when, Consumer<Tensor[]> hook) {
    return MultiGradHook.register(tensors, when, hook);
  }

  /** Until closed, a NaN or infinite gradient is an error that names operation and Java frame. */
  public static Context.Restore detectAnomaly() {
    return Context.current().anomalyMode(true);
  }

  /** Gradients of the scalar {@code output} for each of {@code inputs}; leaves' grads stay. */
  public static Tensor[] grad(Tensor output, Tensor... inputs) {
    return grad(List.of(output), List.of(inputs), GradOptions.standard());
  }

  /**
   * Gradients of the sum of {@code outputs} (each weighted by its gradOutput) for {@code inputs}.
   * One that is a gradOutput's or a view of it shares its memory, as PyTorch's do.
   *
   * @return a gradient of each input's shape
   * @throws TensorException if an input takes no part and the options do not allow that
   */
  public static Tensor[] grad(List<Tensor> outputs, List<Tensor> inputs, GradOptions options) {
    List<Tensor> grads =
        options.gradOutputs().isEmpty()
            ? Collections.nCopies(outputs.size(), null)
            : options.gradOutputs();
    Roots.check(outputs, grads);
    for (int i = 0; i < inputs.size(); i++) {
      if (!inputs.get(i).requiresGrad()) {
        throw new TensorException(
            "grad: input "
                + i
                + " of shape "
                + inputs.get(i).shape()
                + " does not require a gradient; call requiresGrad(true) before the forward");
      }
    }
    // Inside a vmap the gradients of slices may be part of a graph around it.
    GraphUse use =
        outputs.stream().anyMatch(VmapLevel::recordedAround) ? GraphUse.CREATE : options.graph();
    Graph graph = Graph.capturing(outputs, inputs);
    new Backward(graph, use).run(outputs, grads);
    Tensor[] out = new Tensor[inputs.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = graph.captured(inputs.get(i).gradMeta());
      if (out[i] == null && options.unused() == GradOptions.Unused.FAIL) {
        throw new TensorException(
            "grad: no output depends on input "
                + i
                + " of shape "
                + inputs.get(i).shape()
                + "; use allowUnused() to get null for it");
      }
      if (out[i] != null
          && use != GraphUse.CREATE
          && Scope.current() != null
          && !Ownership.borrowed(out[i], grads)) {
        Scope.current().take(out[i]);
      }
    }
    return out;
  }

  /**
   * From a gradient hook: runs {@code action} on this thread when the backward under way has served
   * all leaves.
   *
   * @throws TensorException outside a backward
   */
  public static void afterBackward(Runnable action) {
    Backward walk = Backward.current();
    if (walk == null) {
      throw new TensorException(
          "afterBackward: no backward is under way on this thread; call it from a gradient hook");
    }
    walk.afterwards(action);
  }
}
