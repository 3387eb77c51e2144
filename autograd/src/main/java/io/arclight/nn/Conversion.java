package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Puts other tensors in the place of a module's, wherever they are used: shared ones stay so. */
final class Conversion {
  private Conversion() {}

  /**
   * Whether a conversion of modules to {@code dtype} means this tensor: no complex becomes real.
   */
  static boolean convertible(Tensor t, DType dtype) {
    return t.dtype().isFloatingPoint() || (t.dtype().isComplex() && dtype.isComplex());
  }

  static void convert(Module root, UnaryOperator<Tensor> change) {
    IdentityHashMap<Tensor, Tensor> places = new IdentityHashMap<>();
    try (Context.Restore mode = Autograd.noGrad()) {
      ModuleTree.visit(
          root,
          "",
          (path, module) -> {
            for (Map<String, Tensor> group : groups(module)) {
              group.values().forEach(t -> places.computeIfAbsent(t, k -> converted(k, change)));
            }
          });
    }
    replace(root, places);
  }

  private static Tensor converted(Tensor before, UnaryOperator<Tensor> change) {
    Tensor after = change.apply(before);
    if (after == before) {
      return before;
    }
    after.requiresGrad(before.requiresGrad()).keep();
    after.storage().module(before.storage().module());
    Tensor grad = before.grad();
    if (grad != null) {
      after.grad(change.apply(grad).keep());
    }
    return after;
  }

  /**
   * Puts tensors in the place of parameters and buffers.
   *
   * @return those that were there, by the same names
   */
  static Map<String, Tensor> swap(Module root, Map<String, Tensor> state) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    ModuleTree.visit(
        root,
        "",
        (path, module) -> {
          module.requireReady();
          for (Map<String, Tensor> group : groups(module)) {
            group.forEach((name, t) -> all.put(ModuleTree.join(path, name), t));
          }
        });
    Map<String, Tensor> before = new LinkedHashMap<>();
    IdentityHashMap<Tensor, Tensor> places = new IdentityHashMap<>();
    state.forEach(
        (name, next) -> {
          Tensor now = all.get(name);
          if (now == null || !now.shape().equals(next.shape())) {
            throw new IllegalArgumentException(
                root.getClass().getSimpleName()
                    + (now == null
                        ? " has no parameter or buffer \"" + name + "\"; it has " + all.keySet()
                        : ": \"" + name + "\" is " + now.shape() + ", not " + next.shape()));
          }
          before.put(name, now);
          places.put(now, next);
        });
    replace(root, places);
    return before;
  }

  /** Puts the values of {@code places} where its keys are. */
  static void replace(Module root, Map<Tensor, Tensor> places) {
    ModuleTree.visit(
        root,
        "",
        (path, module) -> {
          for (Map<String, Tensor> group : groups(module)) {
            group.replaceAll((name, t) -> places.getOrDefault(t, t));
          }
          Fields.replace(module, places);
        });
  }

  private static List<Map<String, Tensor>> groups(Module module) {
    return List.of(module.ownParameters(), module.ownBuffers());
  }
}
