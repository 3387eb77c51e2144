package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What runs around a layer's forward. */
final class Hooks {
  private final List<Layer.ForwardPreHook> before = new CopyOnWriteArrayList<>();
  private final List<Layer.ForwardHook> after = new CopyOnWriteArrayList<>();

  Runnable add(Layer.ForwardPreHook hook) {
    before.add(hook);
    return () -> before.remove(hook);
  }

  Runnable add(Layer.ForwardHook hook) {
    after.add(hook);
    return () -> after.remove(hook);
  }

  Tensor run(Layer layer, Tensor input) {
    Tensor in = input;
    for (Layer.ForwardPreHook hook : before) {
      Tensor replaced = hook.before(layer, in);
      in = replaced == null ? in : replaced;
    }
    Tensor out = layer.forward(in);
    for (Layer.ForwardHook hook : after) {
      Tensor replaced = hook.after(layer, in, out);
      out = replaced == null ? out : replaced;
    }
    return out;
  }
}
