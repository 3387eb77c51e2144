package io.arclight.spark.launch;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the fields that lead from a value to an object that does not serialise. */
final class CapturePath {
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Deque<Step> open = new ArrayDeque<>();

  private CapturePath() {}

  /** The shortest path from {@code root} to an instance of the class named {@code type}. */
  static Optional<String> to(String type, Object root) {
    CapturePath search = new CapturePath();
    search.add(root, describe(root));
    while (!search.open.isEmpty()) {
      Step step = search.open.removeFirst();
      if (step.value().getClass().getName().equals(type)) {
        return Optional.of(step.path());
      }
      search.expand(step);
    }
    return Optional.empty();
  }

  private void add(Object value, String path) {
    if (value != null && !(value instanceof Class<?>) && seen.add(value)) {
      open.addLast(new Step(value, path));
    }
  }

  private void expand(Step step) {
    Object value = step.value();
    Optional<SerializedLambda> lambda = lambda(value);
    if (lambda.isPresent()) {
      expandLambda(lambda.get(), step.path());
    } else if (value instanceof Object[]) {
      for (int i = 0; i < Array.getLength(value); i++) {
        add(Array.get(value, i), "%s[%d]".formatted(step.path(), i));
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, entry) -> {
            add(key, step.path() + ".key(" + key + ")");
            add(entry, step.path() + ".get(" + key + ")");
          });
    } else if (value instanceof Iterable<?> values) {
      int i = 0;
      for (Object element : values) {
        add(element, "%s.get(%d)".formatted(step.path(), i++));
      }
    } else if (value instanceof Serializable) {
      expandFields(value, step.path());
    }
  }

  private void expandLambda(SerializedLambda lambda, String path) {
    for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
      Object captured = lambda.getCapturedArg(i);
      if (captured != null) {
        boolean enclosing =
            i == 0
                && captured
                    .getClass()
                    .getName()
                    .replace('.', '/')
                    .equals(lambda.getCapturingClass());
        String name =
            enclosing ? "this" : "variable of type " + captured.getClass().getSimpleName();
        add(captured, path + " -> " + name);
      }
    }
  }

  private void expandFields(Object value, String path) {
    for (Class<?> c = value.getClass(); c != null && c != Object.class; c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        boolean written =
            !Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers());
        if (written && !field.getType().isPrimitive()) {
          add(read(field, value), path + "." + field.getName());
        }
      }
    }
  }

  private static Object read(Field field, Object value) {
    try {
      field.setAccessible(true);
      return field.get(value);
    } catch (IllegalAccessException | InaccessibleObjectException closed) {
      return null;
    }
  }

  private static String describe(Object root) {
    return lambda(root)
        .map(
            lambda ->
                "lambda in "
                    + lambda.getCapturingClass().replace('/', '.')
                    + "."
                    + method(lambda.getImplMethodName()))
        .orElse(root.getClass().getSimpleName());
  }

  /** The method that a lambda is written in: javac calls its body lambda$method$0. */
  private static String method(String body) {
    String[] parts = body.split("\\$");
    return parts.length > 2 && parts[0].equals("lambda") ? parts[1] : body;
  }

  private static Optional<SerializedLambda> lambda(Object value) {
    if (!value.getClass().isHidden() && !value.getClass().isSynthetic()) {
      return Optional.empty();
    }

    try {
      Method replace = value.getClass().getDeclaredMethod("writeReplace");
      replace.setAccessible(true);
      return replace.invoke(value) instanceof SerializedLambda lambda
          ? Optional.of(lambda)
          : Optional.empty();
    } catch (ReflectiveOperationException | InaccessibleObjectException noLambda) {
      return Optional.empty();
    }
  }

  private record Step(Object value, String path) {}
}
