package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Loading of named tensors into a module. */
public final class StateDict {
  private StateDict() {}

  /** How names must correspond. */
  public enum Match {
    /** Missing or unexpected names are errors. */
    STRICT,
    /** What corresponds is loaded, the rest reported. */
    LENIENT
  }

  /**
   * Names that did not correspond.
   *
   * @param missing names of the module that the state lacks
   * @param unexpected names of the state that the module lacks
   */
  public record Mismatch(List<String> missing, List<String> unexpected) {}

  static Mismatch load(
      String module, Map<String, Tensor> own, Map<String, Tensor> state, Match match) {
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
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "the state does not fit " + module + ": " + String.join("; ", problems));
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      own.forEach(
          (name, target) -> {
            Tensor source = state.get(name);
            if (source != null) {
              target.copyInPlace(source.to(target.device()));
            }
          });
    }
    return new Mismatch(List.copyOf(missing), List.copyOf(unexpected));
  }
}
