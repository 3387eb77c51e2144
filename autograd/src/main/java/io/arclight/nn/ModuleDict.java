package io.arclight.nn;

import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** Modules by name, in the order they were put in; it is not called itself. */
public final class ModuleDict<M extends Module> extends Module {

  /** An empty one. */
  public ModuleDict() {}

  /** With these, in their order. */
  public ModuleDict(Map<String, ? extends M> modules) {
    update(modules);
  }

  /** By name. */
  @SuppressWarnings("unchecked")
  public Map<String, M> map() {
    return (Map<String, M>) Collections.unmodifiableMap(ownChildren());
  }

  /** The names, in their order. */
  public Set<String> keys() {
    return map().keySet();
  }

  /** How many modules there are. */
  public int size() {
    return ownChildren().size();
  }

  /** Whether there is a module of this name. */
  public boolean contains(String name) {
    return ownChildren().containsKey(name);
  }

  /**
   * The module of a name.
   *
   * @throws IllegalArgumentException naming what is there, if {@code name} is not
   */
  @SuppressWarnings("unchecked")
  public M get(String name) {
    return (M) ModuleTree.require(this, name, "part", ownChildren(), name);
  }

  /** Adds a module, or puts it in the place of the one of that name. */
  public ModuleDict<M> set(String name, M module) {
    if (contains(name)) {
      ownChildren().put(name, module);
    } else {
      register(name, module);
    }
    return this;
  }

  /** Puts all of {@code modules} in. */
  public ModuleDict<M> update(Map<String, ? extends M> modules) {
    modules.forEach(this::set);
    return this;
  }

  /** Takes a module out. */
  public M pop(String name) {
    M out = get(name);
    unregister(name);
    return out;
  }

  /** Removes all. */
  public void clear() {
    ownChildren().clear();
  }
}
