package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Looks at the fields of modules: finds what was not registered, follows tensors that move. */
final class Fields {
  private Fields() {}

  private interface Visitor {
    void visit(Field field, Object value) throws IllegalAccessException;
  }

  static void requireRegistered(
      Module module,
      Map<String, Tensor> parameters,
      Map<String, Tensor> buffers,
      Map<String, Module> children) {
    forEach(
        module,
        (field, value) -> {
          boolean forgotten =
              forgottenModule(value, children) || forgottenParameter(value, parameters, buffers);
          if (forgotten && !field.isAnnotationPresent(Unregistered.class)) {
            throw new IllegalStateException(
                "the field "
                    + field.getName()
                    + " of "
                    + field.getDeclaringClass().getName()
                    + " holds a "
                    + (forgottenModule(value, children) ? "module" : "parameter")
                    + " that is not registered, so it would not be trained or saved: write "
                    + field.getName()
                    + " = register(\""
                    + field.getName()
                    + "\", ...), or mark the field @Unregistered");
          }
        });
  }

  private static boolean forgottenParameter(
      Object value, Map<String, Tensor> parameters, Map<String, Tensor> buffers) {
    if (value instanceof List<?> items) {
      return items.stream().anyMatch(item -> forgottenParameter(item, parameters, buffers));
    }
    if (value instanceof Tensor[] items) {
      return forgottenParameter(Arrays.asList(items), parameters, buffers);
    }
    return value instanceof Tensor t
        && t.requiresGrad()
        && t.isLeaf()
        && !contains(parameters, t)
        && !contains(buffers, t);
  }

  private static boolean forgottenModule(Object value, Map<String, Module> children) {
    if (value instanceof Collection<?> items) {
      return items.stream().anyMatch(item -> forgottenModule(item, children));
    }
    if (value instanceof Map<?, ?> items) {
      return forgottenModule(items.values(), children);
    }
    if (value instanceof Object[] items) {
      return forgottenModule(Arrays.asList(items), children);
    }
    return value instanceof Module && !contains(children, value);
  }

  /** Points fields that hold keys of {@code places}, alone or in arrays or lists, to its values. */
  static void replace(Module module, Map<Tensor, Tensor> places) {
    forEach(
        module,
        (field, value) -> {
          if (value instanceof Tensor && places.containsKey(value)) {
            field.set(module, places.get(value));
          } else if (value instanceof Tensor[] tensors) {
            Arrays.setAll(tensors, i -> places.getOrDefault(tensors[i], tensors[i]));
          } else if (value instanceof List<?> list && list.stream().anyMatch(places::containsKey)) {
            List<Object> next = new ArrayList<>(list);
            next.replaceAll(
                item -> item instanceof Tensor ? places.getOrDefault(item, (Tensor) item) : item);
            field.set(module, next);
          }
        });
  }

  private static boolean contains(Map<String, ?> registered, Object value) {
    for (Object candidate : registered.values()) {
      if (candidate == value) {
        return true;
      }
    }
    return false;
  }

  private static void forEach(Module module, Visitor visitor) {
    for (Class<?> c = module.getClass(); c != Module.class; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())
            || field.getType().isPrimitive()
            || field.isSynthetic()) {
          continue;
        }
        try {
          field.setAccessible(true);
          visitor.visit(field, field.get(module));
        } catch (IllegalAccessException | InaccessibleObjectException e) {
          throw new IllegalStateException(
              "cannot look at the field "
                  + field.getName()
                  + " of "
                  + c.getName()
                  + ": open its package to io.arclight",
              e);
        }
      }
    }
  }
}
