package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Saving and loading of a module's tensors by name. */
public final class StateDict {
  private StateDict() {}

  /** How names must correspond. */
  public enum Match {
    /** Missing or unexpected names are errors. */
    STRICT,
    /** What corresponds is loaded, the rest reported. */
    LENIENT
  }

  /** What becomes of the state's tensors. */
  public enum Into {
    /** Their values are copied, and converted, into the module's tensors. */
    COPY,
    /** They become the module's tensors, with their dtype and device. */
    ASSIGN
  }

  /**
   * Names that did not correspond.
   *
   * @param missing names of the module that the state lacks
   * @param unexpected names of the state that the module lacks
   */
  public record Mismatch(List<String> missing, List<String> unexpected) {}

  /** May change {@code state}; the names of {@code module} begin with {@code prefix}. */
  @FunctionalInterface
  public interface Hook {
    void run(Module module, Map<String, Tensor> state, String prefix);
  }

  /** Sees what did not correspond once a state has been loaded. */
  @FunctionalInterface
  public interface LoadedHook {
    void run(Module module, Mismatch mismatch);
  }

  static void save(Module module, String prefix, Map<String, Tensor> out) {
    module.stateHooks().beforeSave.forEach(hook -> hook.run(module, out, prefix));
    own(module, prefix).forEach((name, t) -> out.put(name, t.detach()));
    module
        .ownChildren()
        .forEach((name, child) -> save(child, name.isEmpty() ? prefix : prefix + name + ".", out));
    module.stateHooks().afterSave.forEach(hook -> hook.run(module, out, prefix));
  }

  /** Its parameters and saved buffers, without its parts'. */
  private static Map<String, Tensor> own(Module module, String prefix) {
    module.requireReady();
    Map<String, Tensor> out = new LinkedHashMap<>();
    module.ownParameters().forEach((name, t) -> out.put(prefix + name, t));
    module
        .ownBuffers()
        .forEach(
            (name, t) -> {
              if (!module.unsavedBuffers().contains(name)) {
                out.put(prefix + name, t);
              }
            });
    return out;
  }

  static Mismatch load(Module root, Map<String, Tensor> given, Match match, Into into) {
    Map<String, Tensor> state = new LinkedHashMap<>(given);
    Map<String, Tensor> own = new LinkedHashMap<>();
    ModuleTree.visit(
        root,
        "",
        (path, module) -> {
          String prefix = path.isEmpty() ? "" : path + ".";
          module.stateHooks().beforeLoad.forEach(hook -> hook.run(module, state, prefix));
          if (module instanceof LazyLayer<?> lazy) {
            lazy.materialise(state, prefix);
          }
        });
    ModuleTree.visit(
        root, "", (path, module) -> own.putAll(own(module, path.isEmpty() ? "" : path + ".")));
    Mismatch mismatch = require(root, own, state, match);
    if (into == Into.COPY) {
      copy(own, state);
    } else {
      assign(root, own, state);
    }
    ModuleTree.visit(
        root,
        "",
        (path, module) ->
            module.stateHooks().afterLoad.forEach(hook -> hook.run(module, mismatch)));
    return mismatch;
  }

  private static Mismatch require(
      Module root, Map<String, Tensor> own, Map<String, Tensor> state, Match match) {
    List<String> missing = new ArrayList<>(own.keySet());
    missing.removeAll(state.keySet());
    List<String> unexpected = new ArrayList<>(state.keySet());
    unexpected.removeAll(own.keySet());
    List<String> problems = new ArrayList<>();
    if (match == Match.STRICT && !missing.isEmpty()) {
      problems.add("missing: " + missing);
    }
    if (match == Match.STRICT && !unexpected.isEmpty()) {
      problems.add("unexpected: " + unexpected);
    }
    own.forEach(
        (name, target) -> {
          Tensor source = state.get(name);
          if (source != null && !source.shape().equals(target.shape())) {
            problems.add(
                name
                    + ": the state has shape "
                    + source.shape()
                    + ", the module "
                    + target.shape());
          } else if (source != null && source.dtype().isComplex() && !target.dtype().isComplex()) {
            problems.add(
                name + ": the state has " + source.dtype() + ", the module " + target.dtype());
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "the state does not fit "
              + root.getClass().getSimpleName()
              + ": "
              + String.join("; ", problems));
    }
    return new Mismatch(List.copyOf(missing), List.copyOf(unexpected));
  }

  private static void copy(Map<String, Tensor> own, Map<String, Tensor> state) {
    try (Context.Restore mode = Autograd.noGrad()) {
      own.forEach(
          (name, target) -> {
            Tensor source = state.get(name);
            if (source != null) {
              target.copyInPlace(source.to(target.device()));
            }
          });
    }
  }

  private static void assign(Module root, Map<String, Tensor> own, Map<String, Tensor> state) {
    IdentityHashMap<Tensor, Tensor> places = new IdentityHashMap<>();
    own.forEach(
        (name, now) -> {
          Tensor next = state.get(name);
          if (next != null) {
            places.put(now, next.detach().requiresGrad(now.requiresGrad()).keep());
          }
        });
    Conversion.replace(root, places);
  }
}
