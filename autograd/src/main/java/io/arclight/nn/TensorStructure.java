package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The tensors in a tensor, an array, list, map or record of such, depth first. */
final class TensorStructure {
  private TensorStructure() {}

  static Tensor[] tensors(Object structure) {
    if (structure instanceof Tensor tensor) {
      return new Tensor[] {tensor};
    }
    List<Tensor> out = new ArrayList<>();
    map(
        structure,
        tensor -> {
          out.add(tensor);
          return tensor;
        });
    return out.toArray(Tensor[]::new);
  }

  /** {@code structure} with {@code tensors} in the place of its own. */
  @SuppressWarnings("unchecked")
  static <T> T with(T structure, Tensor[] tensors) {
    Iterator<Tensor> next = Arrays.asList(tensors).iterator();
    return (T) map(structure, tensor -> next.next());
  }

  private static Object map(Object structure, UnaryOperator<Tensor> change) {
    if (structure instanceof Tensor tensor) {
      return change.apply(tensor);
    }
    if (structure instanceof Object[] items) {
      Object[] out =
          (Object[]) Array.newInstance(items.getClass().getComponentType(), items.length);
      Arrays.setAll(out, i -> map(items[i], change));
      return out;
    }
    if (structure instanceof List<?> items) {
      List<Object> out = new ArrayList<>();
      items.forEach(item -> out.add(map(item, change)));
      return out;
    }
    if (structure instanceof Map<?, ?> items) {
      Map<Object, Object> out = new LinkedHashMap<>();
      items.forEach((key, item) -> out.put(key, map(item, change)));
      return out;
    }
    return structure instanceof Record fields ? mapRecord(fields, change) : structure;
  }

  private static Record mapRecord(Record fields, UnaryOperator<Tensor> change) {
    RecordComponent[] components = fields.getClass().getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    try {
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        components[i].getAccessor().setAccessible(true);
        values[i] = map(components[i].getAccessor().invoke(fields), change);
      }
      Constructor<?> constructor = fields.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (Record) constructor.newInstance(values);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException(
          "a hook cannot look into the record " + fields.getClass().getName() + ": " + e, e);
    }
  }
}
