package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Modules and their parts at any depth, by dotted name. */
final class ModuleTree {
  private ModuleTree() {}

  /** {@code module}, then its parts, each with its path. */
  static void visit(Module module, String path, BiConsumer<String, Module> action) {
    action.accept(path, module);
    module.ownChildren().forEach((name, child) -> visit(child, join(path, name), action));
  }

  /** A part under the empty name stands for what holds it. */
  static String join(String path, String name) {
    return path.isEmpty() || name.isEmpty() ? path + name : path + "." + name;
  }

  static Map<String, Module> modules(Module root) {
    Map<String, Module> out = new LinkedHashMap<>();
    visit(root, "", out::putIfAbsent);
    return distinct(out);
  }

  /** Every value once, under its first name. */
  static <T> Map<String, T> distinct(Map<String, T> all) {
    Map<String, T> out = new LinkedHashMap<>();
    Set<T> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    all.forEach(
        (name, value) -> {
          if (seen.add(value)) {
            out.put(name, value);
          }
        });
    return Collections.unmodifiableMap(out);
  }

  /** Every tensor of a kind once, under its first name. */
  static Map<String, Tensor> named(Module root, Function<Module, Map<String, Tensor>> kind) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    visit(
        root,
        "",
        (path, module) -> {
          module.requireReady();
          kind.apply(module).forEach((name, tensor) -> all.put(join(path, name), tensor));
        });
    return distinct(all);
  }

  static Module find(Module root, String path) {
    Module at = root;
    if (!path.isEmpty()) {
      for (String name : path.split("\\.", -1)) {
        at = standing(require(root, path, "part", standing(at).ownChildren(), name));
      }
    }
    return at;
  }

  static Tensor find(
      Module root, String path, String what, Function<Module, Map<String, Tensor>> kind) {
    int dot = path.lastIndexOf('.');
    Module holder = standing(find(root, dot < 0 ? "" : path.substring(0, dot)));
    holder.requireReady();
    return require(root, path, what, kind.apply(holder), path.substring(dot + 1));
  }

  /** What a lazy layer stands for. */
  private static Module standing(Module module) {
    Module part = module.ownChildren().get("");
    return part == null ? module : part;
  }

  static <T> T require(Module root, String path, String what, Map<String, T> all, String name) {
    T found = all.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          root.getClass().getSimpleName()
              + " has no "
              + what
              + " \""
              + path
              + "\": where \""
              + name
              + "\" should be it has "
              + all.keySet());
    }
    return found;
  }
}
