package io.arclight.export;

import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Consumer;

/** Finds the named tensors of models in what training scripts save. */
final class StateDicts {
  private static final int DEPTH = 2;
  private static final int SHOWN = 20;

  private StateDicts() {}

  static Map<String, Tensor> find(Object root, List<String> names, String file) {
    if (isState(root)) {
      return state(root);
    }
    Map<String, Object> found = new LinkedHashMap<>();
    search(root, "", names, DEPTH, found);
    Set<Object> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
    distinct.addAll(found.values());
    if (distinct.size() == 1) {
      return state(found.values().iterator().next());
    }
    if (!distinct.isEmpty()) {
      throw new NoSuchElementException(
          file + ": several could be meant: " + found.keySet() + ": name one in stateDict(...)");
    }
    throw new NoSuchElementException(
        file
            + ": no named tensors at the top or under "
            + names
            + ": "
            + describe(root)
            + "; name the keys in stateDict(...), or use root()");
  }

  private static void search(
      Object node, String at, List<String> names, int depth, Map<String, Object> found) {
    if (!(node instanceof Map<?, ?> map) || depth == 0) {
      return;
    }
    for (String name : names) {
      Object value = map.get(name);
      if (isState(value)) {
        found.put(at + name, value);
      } else {
        search(value, at + name + " ", names, depth - 1, found);
      }
    }
  }

  static Map<String, Tensor> at(Object root, List<String> path, String file) {
    Object node = root;
    for (String key : path) {
      if (!(node instanceof Map<?, ?> map) || !map.containsKey(key)) {
        throw new NoSuchElementException(
            file + ": no '" + key + "' of " + path + ": " + describe(node));
      }
      node = map.get(key);
    }
    if (!isState(node)) {
      throw new NoSuchElementException(
          file + ": what stands at " + path + " is not named tensors only: " + describe(node));
    }
    return state(node);
  }

  private static boolean isState(Object node) {
    return node instanceof Map<?, ?> map
        && !map.isEmpty()
        && map.keySet().stream().allMatch(String.class::isInstance)
        && map.values().stream().allMatch(Tensor.class::isInstance);
  }

  private static Map<String, Tensor> state(Object node) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    ((Map<?, ?>) node).forEach((key, value) -> out.put((String) key, (Tensor) value));
    return out;
  }

  private static String describe(Object node) {
    if (!(node instanceof Map<?, ?> map)) {
      return "there is " + PickleTree.kind(node);
    }
    List<String> keys = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (keys.size() == SHOWN) {
        keys.add("...");
        break;
      }
      keys.add("'" + entry.getKey() + "' (" + PickleTree.kind(entry.getValue()) + ")");
    }
    return "there are " + String.join(", ", keys);
  }

  /** Visits the tensors of a tree of maps and collections. */
  static void forEachTensor(Object node, Consumer<Tensor> action) {
    forEachTensor(node, action, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private static void forEachTensor(Object node, Consumer<Tensor> action, Set<Object> seen) {
    if (node instanceof Tensor tensor) {
      action.accept(tensor);
    } else if (node instanceof Map<?, ?> map && seen.add(node)) {
      map.values().forEach(value -> forEachTensor(value, action, seen));
    } else if (node instanceof Collection<?> items && seen.add(node)) {
      items.forEach(item -> forEachTensor(item, action, seen));
    }
  }
}
