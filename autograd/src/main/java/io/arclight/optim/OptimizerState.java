package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.ArrayList;
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

  /**
   * The state of PyTorch's structure, as a {@code .pt} file holds it: {@code {"state": {0: {...}},
   * "param_groups": [...]}}. Lists of tensors, such as LBFGS's, are stacked; what is no number and
   * no tensor is left out.
   *
   * <pre>{@code
   * Map<?, ?> checkpoint = (Map<?, ?>) TorchFile.load(file).root();
   * optimizer.loadStateDict(OptimizerState.of((Map<?, ?>) checkpoint.get("optimizer")));
   * }</pre>
   *
   * @throws IllegalArgumentException if it is no optimizer's
   */
  public static OptimizerState of(Map<?, ?> stateDict) {
    if (!(stateDict.get("state") instanceof Map<?, ?> saved)
        || !(stateDict.get("param_groups") instanceof List<?> groups)) {
      throw new IllegalArgumentException(
          "an optimizer's state has 'state' and 'param_groups', this has " + stateDict.keySet());
    }
    Map<Integer, Map<String, Tensor>> state = new LinkedHashMap<>();
    saved.forEach(
        (index, named) -> {
          if (!(index instanceof Number number) || !(named instanceof Map<?, ?> values)) {
            throw new IllegalArgumentException(
                "an optimizer's 'state' is by numbers of parameters, this is by " + saved.keySet());
          }
          Map<String, Tensor> tensors = new LinkedHashMap<>();
          values.forEach(
              (name, value) -> {
                Tensor tensor = tensor(value);
                if (tensor != null) {
                  tensors.put((String) name, tensor);
                }
              });
          state.put(number.intValue(), tensors);
        });
    List<Map<String, Object>> options = new ArrayList<>();
    for (Object group : groups) {
      Map<String, Object> named = new LinkedHashMap<>();
      ((Map<?, ?>) group).forEach((name, value) -> named.put((String) name, value));
      options.add(named);
    }
    return new OptimizerState(state, options);
  }

  private static Tensor tensor(Object value) {
    if (value instanceof Number number) {
      return Tensor.scalar(number.doubleValue());
    }
    boolean list =
        value instanceof List<?> items
            && !items.isEmpty()
            && items.stream().allMatch(Tensor.class::isInstance);
    if (list) {
      return Tensor.stack(0, ((List<?>) value).toArray(Tensor[]::new));
    }
    return value instanceof Tensor tensor ? tensor : null;
  }

  /** In PyTorch's structure, for a {@code .pt} file. */
  public Map<String, Object> toMap() {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("state", state);
    out.put("param_groups", paramGroups);
    return out;
  }

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
