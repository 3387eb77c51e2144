package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters that share options; options carry PyTorch's names, such as {@code weight_decay}. */
public final class ParamGroup {
  private final List<Tensor> parameters;
  private final List<Optimizer.State> states;
  private final Map<String, Object> options;

  ParamGroup(List<Tensor> parameters, List<Optimizer.State> states, Map<String, Object> options) {
    this.parameters = List.copyOf(parameters);
    this.states = states;
    this.options = new LinkedHashMap<>(options);
  }

  public List<Tensor> parameters() {
    return parameters;
  }

  /** What the optimizer knows of each parameter. */
  List<Optimizer.State> states() {
    return states;
  }

  public double lr() {
    return number("lr");
  }

  public void lr(double value) {
    set("lr", value);
  }

  /** A numeric option. */
  public double number(String name) {
    return ((Number) option(name)).doubleValue();
  }

  /** An option of two numbers, such as {@code betas}. */
  public double number(String name, int index) {
    return ((Number) ((List<?>) option(name)).get(index)).doubleValue();
  }

  /** Whether the {@code index}-th number of an option has a value. */
  boolean isSet(String name, int index) {
    return ((List<?>) option(name)).get(index) != null;
  }

  String text(String name) {
    return (String) option(name);
  }

  public boolean flag(String name) {
    return (Boolean) option(name);
  }

  /**
   * Changes an option.
   *
   * @param value a Double, a Boolean, a String or a List of Double, as the option had
   */
  public ParamGroup set(String name, Object value) {
    options.put(name, value);
    return this;
  }

  /** A copy of all options. */
  public Map<String, Object> options() {
    return new LinkedHashMap<>(options);
  }

  private Object option(String name) {
    Object value = options.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "no option '" + name + "' in this group: it has " + options.keySet());
    }
    return value;
  }
}
