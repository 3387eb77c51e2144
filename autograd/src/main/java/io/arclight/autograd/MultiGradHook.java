package io.arclight.autograd;

import io.arclight.tensor.GradMeta;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Consumer;

/** A hook that waits for the gradients of several tensors. */
final class MultiGradHook {
  /** What has arrived in one backward. */
  private static final class Arrived {
    private final Tensor[] grads;
    private int missing;

    private Arrived(Tensor[] grads, int missing) {
      this.grads = grads;
      this.missing = missing;
    }
  }

  private final List<GradMeta> places = new ArrayList<>();
  private final Autograd.When when;
  private final Consumer<Tensor[]> hook;
  private final Map<Backward, Arrived> walks = new WeakHashMap<>();

  private MultiGradHook(Autograd.When when, Consumer<Tensor[]> hook) {
    this.when = when;
    this.hook = hook;
  }

  static Runnable register(List<Tensor> tensors, Autograd.When when, Consumer<Tensor[]> hook) {
    MultiGradHook all = new MultiGradHook(when, hook);
    List<Runnable> removals = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      int place = i;
      removals.add(
          tensors
              .get(i)
              .registerHook(
                  grad -> {
                    all.arrived(place, grad);
                    return null;
                  }));
      all.places.add(tensors.get(i).gradMeta());
    }
    return () -> removals.forEach(Runnable::run);
  }

  private void arrived(int place, Tensor grad) {
    Tensor[] complete;
    synchronized (walks) {
      Arrived arrived = walks.computeIfAbsent(Backward.current(), this::awaiting);
      arrived.grads[place] = grad;
      arrived.missing--;
      boolean now =
          when == Autograd.When.ALL
              ? arrived.missing == 0
              : arrived.missing == expected(Backward.current()) - 1;
      complete = now ? arrived.grads.clone() : null;
    }
    if (complete != null) {
      hook.accept(complete);
    }
  }

  private Arrived awaiting(Backward walk) {
    return new Arrived(new Tensor[places.size()], expected(walk));
  }

  private int expected(Backward walk) {
    return (int) places.stream().filter(walk::reaches).count();
  }
}
