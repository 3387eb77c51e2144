package io.arclight.autograd;

import io.arclight.tensor.Context;
import io.arclight.tensor.GradMeta;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Node;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.VmapLevel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** One run of a function, recorded from handles of its own on chosen inputs. */
final class Recorded {
  private final List<Tensor> inputs = new ArrayList<>();
  private final Tensor[] outputs;

  /** Whether what is recorded around needs gradients of what is computed here. */
  private final boolean nested;

  private Recorded(TensorsFunction function, Tensor[] primals, int... wanted) {
    Tensor[] own = primals.clone();
    boolean around = Context.current().gradEnabled();
    try (Context.Restore mode = Autograd.enableGrad()) {
      for (int i : wanted) {
        if (i < 0 || i >= primals.length) {
          throw new TensorException(
              "there is no argument " + i + " to derive for: there are " + primals.length);
        }
        own[i] = VmapLevel.independent(primals[i]);
        inputs.add(own[i]);
      }
      outputs = function.applyAll(own);
    }
    nested = around && reachesAround();
  }

  static Recorded of(TensorsFunction function, Tensor[] primals, int... wanted) {
    return new Recorded(function, primals, wanted);
  }

  /** Of all inputs. */
  static Recorded of(TensorsFunction function, Tensor[] primals) {
    int[] all = new int[primals.length];
    java.util.Arrays.setAll(all, i -> i);
    return new Recorded(function, primals, all);
  }

  List<Tensor> inputs() {
    return inputs;
  }

  Tensor[] outputs() {
    return outputs;
  }

  /** The outputs, in the graph around only. */
  Tensor[] values() {
    Tensor[] out = outputs.clone();
    for (int i = 0; i < out.length && !nested; i++) {
      out[i] = out[i].detach();
    }
    return out;
  }

  /** What becomes of the graph when gradients are taken once. */
  GraphUse once() {
    return nested ? GraphUse.CREATE : GraphUse.RELEASE;
  }

  GraphUse again() {
    return nested ? GraphUse.CREATE : GraphUse.RETAIN;
  }

  /** Gradients of {@code outputs} for {@code wanted}, zeros where nothing depends on one. */
  static Tensor[] gradients(
      List<Tensor> outputs, List<Tensor> grads, List<Tensor> wanted, GraphUse use) {
    List<Tensor> from = new ArrayList<>();
    List<Tensor> weights = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).requiresGrad()) {
        from.add(outputs.get(i));
        weights.add(grads.get(i));
      }
    }
    List<Tensor> derivable = wanted.stream().filter(Tensor::requiresGrad).toList();
    Tensor[] found = new Tensor[derivable.size()];
    if (!from.isEmpty() && !derivable.isEmpty()) {
      GradOptions options = new GradOptions(weights, use, GradOptions.Unused.NULL);
      found = Autograd.grad(from, derivable, options);
    }
    Tensor[] out = new Tensor[wanted.size()];
    int next = 0;
    for (int i = 0; i < out.length; i++) {
      Tensor grad = wanted.get(i).requiresGrad() ? found[next++] : null;
      out[i] = grad == null ? wanted.get(i).zerosLike() : grad;
    }
    return out;
  }

  private boolean reachesAround() {
    Set<GradMeta> own = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Tensor input : inputs) {
      if (VmapLevel.recordedAround(input)) {
        return true;
      }
      if (input.isLeaf()) {
        own.add(input.gradMeta());
      }
    }
    ArrayDeque<Node> open = new ArrayDeque<>();
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Tensor output : outputs) {
      if (VmapLevel.recordedAround(output) || leads(output.gradMeta(), own, open, seen)) {
        return true;
      }
    }
    while (!open.isEmpty()) {
      Node node = open.pop();
      for (int i = 0; i < node.inputs(); i++) {
        if (leads(node.edge(i), own, open, seen)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether {@code place} is a leaf that is not ours; else what it leads to is opened. */
  private static boolean leads(
      GradMeta place, Set<GradMeta> own, ArrayDeque<Node> open, Set<Node> seen) {
    if (place == null) {
      return false;
    }
    if (place.leaf()) {
      return !own.contains(place);
    }
    if (seen.add(place.node())) {
      open.push(place.node());
    }
    return false;
  }
}
