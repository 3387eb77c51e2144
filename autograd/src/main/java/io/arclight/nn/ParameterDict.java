package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** Parameters by name, in the order they were put in. */
public final class ParameterDict extends Module {

  /** An empty one. */
  public ParameterDict() {}

  /** With these, in their order. */
  public ParameterDict(Map<String, Tensor> parameters) {
    update(parameters);
  }

  /** By name. */
  public Map<String, Tensor> map() {
    return Collections.unmodifiableMap(ownParameters());
  }

  /** The names, in their order. */
  public Set<String> keys() {
    return map().keySet();
  }

  /** How many parameters there are. */
  public int size() {
    return ownParameters().size();
  }

  /** Whether there is a parameter of this name. */
  public boolean contains(String name) {
    return ownParameters().containsKey(name);
  }

  /**
   * The parameter of a name.
   *
   * @throws IllegalArgumentException naming what is there, if {@code name} is not
   */
  public Tensor get(String name) {
    return ModuleTree.require(this, name, "parameter", ownParameters(), name);
  }

  /** Adds a parameter, or puts it in the place of the one of that name. */
  public ParameterDict set(String name, Tensor parameter) {
    if (contains(name)) {
      put(name, parameter);
    } else {
      register(name, parameter);
    }
    return this;
  }

  /** Puts all of {@code parameters} in. */
  public ParameterDict update(Map<String, Tensor> parameters) {
    parameters.forEach(this::set);
    return this;
  }

  /** Takes a parameter out. */
  public Tensor pop(String name) {
    Tensor out = get(name);
    unregister(name);
    return out;
  }

  /** Removes all. */
  public void clear() {
    ownParameters().clear();
  }
}
