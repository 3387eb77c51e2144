package io.arclight.data;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/** The memory that a value of any structure holds. */
final class Held {
  private Held() {}

  static void forEachStorage(Object value, Consumer<Storage> action) {
    if (value instanceof Scope.Owner owner) {
      owner.forEachStorage(action);
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(item -> forEachStorage(item, action));
    } else if (value instanceof Collection<?> items) {
      items.forEach(item -> forEachStorage(item, action));
    } else if (value instanceof Object[] items) {
      for (Object item : items) {
        forEachStorage(item, action);
      }
    } else if (value instanceof Record) {
      Collate.fields(value).values().forEach(item -> forEachStorage(item, action));
    }
  }
}
