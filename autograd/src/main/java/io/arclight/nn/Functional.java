package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Layers and losses without state, as in {@code torch.nn.functional}. */
public final class Functional extends SequenceFunctions {
  private Functional() {}

  /**
   * What {@code layer} gives with tensors of {@code state} in the place of its parameters and
   * buffers of these names, which are back afterwards: for gradients of functions of parameters.
   *
   * @throws IllegalArgumentException naming entries that the layer does not have
   */
  public static Tensor functionalCall(Layer layer, Map<String, Tensor> state, Tensor input) {
    return functionalCall(layer, state, () -> layer.call(input));
  }

  /** As {@link #functionalCall(Layer, Map, Tensor)}, for any use of a module. */
  public static <T> T functionalCall(Module module, Map<String, Tensor> state, Supplier<T> use) {
    Map<String, Tensor> before = Conversion.swap(module, state);
    try {
      return use.get();
    } finally {
      Conversion.swap(module, before);
    }
  }

  /** The states of modules of one kind, stacked by name: for a vmap over the models. */
  public static Map<String, Tensor> stackModuleState(List<? extends Module> modules) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    List<Map<String, Tensor>> states = modules.stream().map(Module::stateDict).toList();
    for (String name : states.get(0).keySet()) {
      out.put(name, Tensor.stack(0, states.stream().map(s -> s.get(name)).toArray(Tensor[]::new)));
    }
    return out;
  }
}
