package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters that share options; options carry PyTorch's names, such as {@code weight_decay}. */
public final class ParamGroup {
  private static final String NAMES = "param_names";

  private final List<Tensor> parameters;
  private final List<Optimizer.State> states;
  private final Map<String, Object> options;

  ParamGroup(List<Tensor> parameters, List<Optimizer.State> states, Map<String, Object> options) {
    this.parameters = List.copyOf(parameters);
    this.states = states;
    this.options = new LinkedHashMap<>(options);
  }

  /** What the group updates. */
  public List<Tensor> parameters() {
    return parameters;
  }

  /** What the optimizer knows of each parameter. */
  List<Optimizer.State> states() {
    return states;
  }

  /** The learning rate. */
  public double lr() {
    return number("lr");
  }

  /** Sets the learning rate, as schedulers do. */
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

  /** An option that is on or off. */
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

  /**
   * Takes an option as it was saved: a whole number where one with a fraction was, a tuple.
   *
   * @throws IllegalArgumentException if the option had a value of another kind
   */
  void restore(String name, Object saved) {
    Object now = options.get(name);
    Object value = saved instanceof Tensor tensor ? (Object) tensor.item() : saved;
    if (now instanceof Double && value instanceof Number number) {
      value = number.doubleValue();
    } else if (now instanceof List<?> && value instanceof List<?> items) {
      List<Object> all = new ArrayList<>(items);
      all.replaceAll(item -> item instanceof Number number ? (Object) number.doubleValue() : item);
      value = all;
    } else if (now != null && value != null && !now.getClass().equals(value.getClass())) {
      throw new IllegalArgumentException(
          "the saved option '" + name + "' is " + value + ", where this optimizer has " + now);
    }
    options.put(name, value);
  }

  /**
   * Names the parameters, in order; they are saved with the state.
   *
   * @throws IllegalArgumentException unless there are as many names as parameters
   */
  public ParamGroup names(Collection<String> names) {
    if (names.size() != parameters.size()) {
      throw new IllegalArgumentException(
          names.size() + " names for the " + parameters.size() + " parameters of a group");
    }
    return set(NAMES, List.copyOf(names));
  }

  /** The parameters' names; empty where none were given. */
  public List<String> names() {
    return options.get(NAMES) instanceof List<?> names
        ? names.stream().map(String.class::cast).toList()
        : List.of();
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
