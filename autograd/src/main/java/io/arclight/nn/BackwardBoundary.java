package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.Function;
import io.arclight.autograd.FunctionContext;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Stands in the graph around one call of a module, where its backward hooks see gradients. */
final class BackwardBoundary {
  private final Module module;
  private boolean entered;
  private int inputs;
  private Tensor[] gradOutputs;

  BackwardBoundary(Module module) {
    this.module = module;
  }

  /** The same values; in backward their gradients pass the hooks last. */
  Tensor[] enter(Tensor[] in) {
    inputs = in.length;
    Tensor[] out = passed(in, this::gradInputs);
    entered = out != in;
    return out;
  }

  /** The same values; in backward their gradients pass the hooks first. */
  <T> T leave(T output) {
    Tensor[] now = TensorStructure.tensors(output);
    Tensor[] next = passed(now, this::gradOutputs);
    return next == now ? output : TensorStructure.with(output, next);
  }

  private Tensor[] gradOutputs(Tensor[] grads) {
    Tensor[] now = grads;
    for (ModuleHooks hooks : new ModuleHooks[] {ModuleHooks.global(), module.hooks()}) {
      for (ModuleHooks.BackwardPre hook : hooks.backwardPre) {
        Tensor[] next = hook.before(module, now.clone());
        now = ModuleHooks.replaced(module, "full backward pre-hook", now, next);
      }
    }
    if (!entered) {
      gradOutputs = now;
      gradInputs(new Tensor[inputs]);
    } else if (!module.hooks().backward.isEmpty() || !ModuleHooks.global().backward.isEmpty()) {
      gradOutputs = kept(now);
    }
    return now;
  }

  /** What the hooks at the inputs will see; backward gives the gradients back before. */
  private Tensor[] kept(Tensor[] grads) {
    if (Context.current().gradEnabled()) {
      return grads;
    }
    Tensor[] copies = new Tensor[grads.length];
    Arrays.setAll(copies, i -> grads[i] == null ? null : grads[i].copy().keep());
    Autograd.afterBackward(
        () -> {
          gradOutputs = null;
          for (Tensor copy : copies) {
            if (copy != null) {
              copy.close();
            }
          }
        });
    return copies;
  }

  private Tensor[] gradInputs(Tensor[] grads) {
    Tensor[] now = grads;
    if (gradOutputs == null) {
      return now;
    }
    for (ModuleHooks hooks : new ModuleHooks[] {ModuleHooks.global(), module.hooks()}) {
      for (ModuleHooks.Backward hook : hooks.backward) {
        Tensor[] next = hook.after(module, now.clone(), gradOutputs.clone());
        now = ModuleHooks.replaced(module, "full backward hook", now, next);
      }
    }
    return now;
  }

  /** {@code tensors} through one node, for those that take part in the graph. */
  private static Tensor[] passed(Tensor[] tensors, UnaryOperator<Tensor[]> hook) {
    int[] places =
        IntStream.range(0, tensors.length)
            .filter(i -> tensors[i] != null && tensors[i].requiresGrad())
            .toArray();
    if (places.length == 0) {
      return tensors;
    }
    Tensor[] taken = new Tensor[places.length];
    for (int i = 0; i < places.length; i++) {
      taken[i] = tensors[places[i]];
    }
    Tensor[] made = new Pass(places, tensors.length, hook).applyAll(taken);
    Tensor[] out = tensors.clone();
    for (int i = 0; i < places.length; i++) {
      out[places[i]] = made[i];
    }
    return out;
  }

  /** Gives its inputs; shows their gradients together. */
  private static final class Pass extends Function {
    private final int[] places;
    private final int all;
    private final UnaryOperator<Tensor[]> hook;

    private Pass(int[] places, int all, UnaryOperator<Tensor[]> hook) {
      this.places = places;
      this.all = all;
      this.hook = hook;
    }

    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... inputs) {
      ctx.setMaterializeGrads(false);
      return inputs;
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      Tensor[] spread = new Tensor[all];
      for (int i = 0; i < places.length; i++) {
        spread[places[i]] = grads[i];
      }
      Tensor[] seen = hook.apply(spread);
      Tensor[] out = new Tensor[places.length];
      for (int i = 0; i < places.length; i++) {
        out[i] = seen[places[i]];
      }
      return out;
    }

    @Override
    public String name() {
      return "BackwardHook";
    }
  }
}
