package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an optimizer remembers, structured as PyTorch's {@code state_dict()}.
 *
 * @param state by index of the parameter over all groups: named tensors ({@code step} is a scalar)
 * @param paramGroups options of each group, with {@code params}, the indices of its parameters
 */
public record OptimizerState(
    Map<Integer, Map<String, Tensor>> state, List<Map<String, Object>> paramGroups) {

  /** The tensors by flat names such as {@code 0.exp_avg}. */
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> out = new LinkedHashMap<>();
    state.forEach(
        (index, named) -> named.forEach((name, tensor) -> out.put(index + "." + name, tensor)));
    return out;
  }

  /** Puts flat {@code tensors} and the options back together. */
  public static OptimizerState of(
      Map<String, Tensor> tensors, List<Map<String, Object>> paramGroups) {
    Map<Integer, Map<String, Tensor>> state = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          int dot = name.indexOf('.');
          if (dot <= 0 || !name.substring(0, dot).matches("\\d{1,9}")) {
            throw new IllegalArgumentException(
                "'" + name + "' is no tensor of an optimizer: expected <index>.<name>");
          }
          state
              .computeIfAbsent(Integer.valueOf(name.substring(0, dot)), k -> new LinkedHashMap<>())
              .put(name.substring(dot + 1), tensor);
        });
    return new OptimizerState(state, paramGroups);
  }
}
