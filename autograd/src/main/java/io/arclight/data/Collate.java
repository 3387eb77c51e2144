package io.arclight.data;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** How samples become a batch. */
public final class Collate {
  private Collate() {}

  /**
   * As PyTorch's {@code default_collate}, of samples of one structure: tensors and arrays are
   * stacked in a new first dimension; whole numbers become int64, {@code Float} float32, {@code
   * Double} float64 and {@code Boolean} bool tensors [n]; of maps and records a map by name is
   * made, and of lists a list, whose values are collated likewise; texts stay a list.
   *
   * @throws IllegalArgumentException if samples differ in structure or shape, or cannot be
   *     collated, saying where
   */
  public static Object defaultCollate(List<?> samples) {
    return collate(samples, "");
  }

  /**
   * Collates samples into named tensors: of records and maps by name, nested ones with dots
   * between, of lists by position; what is a single value is called {@code 0}.
   *
   * @param ids of the samples
   */
  static Batch batch(List<?> samples, long[] ids) {
    Map<String, Tensor> columns = new LinkedHashMap<>();
    flatten(defaultCollate(samples), "", columns);
    return new Batch(columns, Tensor.of(ids, Shape.of(ids.length)));
  }

  private static void flatten(Object value, String name, Map<String, Tensor> out) {
    String prefix = name.isEmpty() ? "" : name + ".";
    if (value instanceof Tensor tensor) {
      out.put(name.isEmpty() ? "0" : name, tensor);
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> flatten(item, prefix + key, out));
    } else if (value instanceof List<?> list && !list.stream().allMatch(String.class::isInstance)) {
      for (int i = 0; i < list.size(); i++) {
        flatten(list.get(i), prefix + i, out);
      }
    } else {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is text, and a Batch holds tensors: leave it out, turn it into numbers, or give the"
              + " DataLoader a collate function, such as Collate::defaultCollate");
    }
  }

  private static Object collate(List<?> values, String at) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there are no samples to collate");
    }
    Object first = values.get(0);
    if (first instanceof Tensor) {
      return stack(all(values, Tensor.class, at), at);
    }
    if (first instanceof String) {
      return List.copyOf(all(values, String.class, at));
    }
    if (first instanceof Number || first instanceof Boolean) {
      return numbers(values, first, at);
    }
    if (first instanceof Map) {
      return maps(each(all(values, Map.class, at), map -> (Map<?, ?>) map), at);
    }
    if (first instanceof List) {
      return lists(each(all(values, List.class, at), list -> (List<?>) list), at);
    }
    if (first != null && first.getClass().isArray()) {
      List<Tensor> tensors = new ArrayList<>();
      for (Object array : all(values, first.getClass(), at)) {
        tensors.add(Tensor.from(array));
      }
      return stack(tensors, at);
    }
    if (first instanceof Record) {
      List<Map<String, Object>> fields = new ArrayList<>();
      all(values, first.getClass(), at).forEach(value -> fields.add(fields(value)));
      return maps(fields, at);
    }
    throw new IllegalArgumentException(
        "cannot collate "
            + (first == null ? "null" : first.getClass().getName())
            + where(at)
            + ": expected tensors, numbers, arrays, texts, and records, maps and lists of them; give"
            + " the DataLoader a collate function for others");
  }

  private static String where(String at) {
    return at.isEmpty() ? "" : " at '" + at + "'";
  }

  private static <T> List<T> all(List<?> values, Class<T> type, String at) {
    List<T> out = new ArrayList<>();
    for (Object value : values) {
      if (!type.isInstance(value)) {
        throw new IllegalArgumentException(
            "samples differ"
                + where(at)
                + ": sample 0 of the batch is of "
                + type.getSimpleName()
                + ", sample "
                + out.size()
                + (value == null ? " is null" : " of " + value.getClass().getSimpleName()));
      }
      out.add(type.cast(value));
    }
    return out;
  }

  private static Tensor stack(List<Tensor> tensors, String at) {
    Tensor first = tensors.get(0);
    for (int i = 1; i < tensors.size(); i++) {
      if (!tensors.get(i).shape().equals(first.shape())) {
        throw new IllegalArgumentException(
            "samples differ in shape"
                + where(at)
                + ": sample 0 of the batch has "
                + first.shape()
                + ", sample "
                + i
                + " "
                + tensors.get(i).shape()
                + ": pad them, or give the DataLoader a collate function that does");
      }
    }
    return Tensor.stack(0, tensors.toArray(Tensor[]::new));
  }

  private static Tensor numbers(List<?> values, Object first, String at) {
    Shape shape = Shape.of(values.size());
    if (first instanceof Boolean) {
      boolean[] out = new boolean[values.size()];
      List<Boolean> flags = all(values, Boolean.class, at);
      for (int i = 0; i < out.length; i++) {
        out[i] = flags.get(i);
      }
      return Tensor.of(out);
    }
    List<Number> numbers = all(values, Number.class, at);
    if (first instanceof Float || first instanceof Double) {
      double[] out = numbers.stream().mapToDouble(Number::doubleValue).toArray();
      DType dtype = first instanceof Float ? DType.FLOAT32 : DType.FLOAT64;
      return Tensor.of(out, shape).to(dtype);
    }
    for (Number number : numbers) {
      if (!List.of(Byte.class, Short.class, Integer.class, Long.class)
          .contains(number.getClass())) {
        throw new IllegalArgumentException(
            "cannot collate a "
                + number.getClass().getName()
                + where(at)
                + " with whole numbers: expected Byte, Short, Integer or Long");
      }
    }
    return Tensor.of(numbers.stream().mapToLong(Number::longValue).toArray(), shape);
  }

  private static Map<Object, Object> maps(List<? extends Map<?, ?>> maps, String at) {
    Map<?, ?> first = maps.get(0);
    Map<Object, Object> out = new LinkedHashMap<>();
    for (Map<?, ?> map : maps) {
      if (!map.keySet().equals(first.keySet())) {
        throw new IllegalArgumentException(
            "samples differ" + where(at) + ": " + first.keySet() + " and " + map.keySet());
      }
    }
    String prefix = at.isEmpty() ? "" : at + ".";
    for (Object key : first.keySet()) {
      out.put(key, collate(each(maps, map -> (Object) map.get(key)), prefix + key));
    }
    return out;
  }

  private static List<Object> lists(List<? extends List<?>> lists, String at) {
    int size = lists.get(0).size();
    for (List<?> list : lists) {
      if (list.size() != size) {
        throw new IllegalArgumentException(
            "samples differ" + where(at) + ": lists of " + size + " and " + list.size());
      }
    }
    String prefix = at.isEmpty() ? "" : at + ".";
    List<Object> out = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int place = i;
      out.add(collate(each(lists, list -> (Object) list.get(place)), prefix + i));
    }
    return out;
  }

  private static <T, R> List<R> each(Collection<T> from, Function<T, R> get) {
    List<R> out = new ArrayList<>(from.size());
    from.forEach(item -> out.add(get.apply(item)));
    return out;
  }

  /** The components of a record, by name. */
  static Map<String, Object> fields(Object sample) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (RecordComponent component : sample.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        out.put(component.getName(), component.getAccessor().invoke(sample));
      } catch (InvocationTargetException e) {
        throw new IllegalArgumentException(component + " failed", e.getCause());
      } catch (ReflectiveOperationException | RuntimeException e) {
        throw new IllegalArgumentException(component + " cannot be read", e);
      }
    }
    return out;
  }
}
