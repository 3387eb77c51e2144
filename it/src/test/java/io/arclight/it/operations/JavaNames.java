package io.arclight.it.operations;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the Java methods of PyTorch's names. */
final class JavaNames {
  /** Where PyTorch's functions are looked for, in this order. */
  private static final List<String> CLASSES =
      List.of(
          "io.arclight.tensor.Tensor",
          "io.arclight.tensor.Linalg",
          "io.arclight.tensor.Fft",
          "io.arclight.tensor.Special",
          "io.arclight.tensor.Windows",
          "io.arclight.nn.Functional",
          "io.arclight.autograd.Autograd",
          "io.arclight.autograd.Vmap",
          "io.arclight.tensor.Generator",
          "io.arclight.tensor.DType",
          "io.arclight.tensor.Device",
          "io.arclight.tensor.Shape",
          "io.arclight.tensor.Context",
          "io.arclight.tensor.GradMeta",
          "io.arclight.tensor.PrintOptions",
          "io.arclight.tensor.Npy",
          "io.arclight.tensor.cpu.Workers",
          "io.arclight.tensor.memory.Storage",
          "io.arclight.export.SafeTensors");

  private final Map<String, Class<?>> classes = new LinkedHashMap<>();

  JavaNames() {
    for (String name : CLASSES) {
      try {
        Class<?> c = Class.forName(name, false, JavaNames.class.getClassLoader());
        classes.put(c.getSimpleName(), c);
      } catch (ClassNotFoundException e) {
        continue; // a family that is not there has no names
      }
    }
  }

  /** {@code Class.method}, if there is one. */
  Optional<String> of(TorchName name) {
    if (name.java() != null) {
      int dot = name.java().indexOf('.');
      String method = name.java().substring(dot + 1).replaceAll("\\(.*", "");
      return has(classes.get(name.java().substring(0, dot)), method)
          ? Optional.of(name.java())
          : Optional.empty();
    }
    Class<?> own =
        classes.entrySet().stream()
            .filter(e -> e.getKey().equalsIgnoreCase(name.space()))
            .map(Map.Entry::getValue)
            .findAny()
            .orElse(null);
    if (has(own, name.camel())) {
      return Optional.of(own.getSimpleName() + "." + name.camel());
    }
    // Of what is said not to be there, a namesake elsewhere, as Device.cuda, is something else.
    return classes.values().stream()
        .limit(name.absence() == null ? classes.size() : 1)
        .filter(c -> has(c, name.camel()))
        .findFirst()
        .map(c -> c.getSimpleName() + "." + name.camel());
  }

  private static boolean has(Class<?> c, String method) {
    return c != null
        && Arrays.stream(c.getMethods())
            .filter(m -> Modifier.isPublic(m.getModifiers()))
            .map(Method::getName)
            .anyMatch(method::equals);
  }
}
