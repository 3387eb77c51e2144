package io.arclight.spark.feed;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.unsafe.types.UTF8String;

/** The classes of a label column: index to value and back. */
public final class LabelTable implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 10;

  private final List<Object> values;
  private transient Map<UTF8String, Integer> texts;
  private transient long[] numbers;
  private transient int[] numberIndices;
  private transient boolean consecutive;

  /**
   * Takes the values in the order of their indices.
   *
   * @param values booleans, numbers or strings; numbers equal in value are the same class
   */
  public LabelTable(List<?> values) {
    this.values = List.copyOf(values);
    index();
  }

  /** Number of classes. */
  public int size() {
    return values.size();
  }

  /** The values in the order of their indices, of the label column's type. */
  public List<Object> values() {
    return values;
  }

  /** Index of a value, or -1. */
  int indexOf(long value) {
    if (consecutive) {
      long index = value - numbers[0];
      return index >= 0 && index < numbers.length ? (int) index : -1;
    }
    int at = Arrays.binarySearch(numbers, value);
    return at < 0 ? -1 : numberIndices[at];
  }

  /** Index of a value, or -1, which every value with a fraction has. */
  int indexOf(double value) {
    return value == Math.rint(value) ? indexOf((long) value) : -1;
  }

  /** Index of a value, or -1. */
  int indexOf(UTF8String value) {
    return texts.getOrDefault(value, -1);
  }

  /** The first few values, for messages. */
  String describe() {
    List<Object> shown = new ArrayList<>(values.subList(0, Math.min(SHOWN, values.size())));
    return values.size() > SHOWN ? shown.toString().replace("]", ", ...]") : shown.toString();
  }

  private void index() {
    texts = new HashMap<>();
    TreeMap<Long, Integer> sorted = new TreeMap<>();
    for (int i = 0; i < values.size(); i++) {
      Object key = key(values.get(i));
      Integer before =
          key instanceof Long number ? sorted.put(number, i) : texts.put((UTF8String) key, i);
      if (before != null) {
        throw new FeedException("label " + values.get(i) + " is listed twice in " + describe());
      }
    }
    numbers = sorted.keySet().stream().mapToLong(Long::longValue).toArray();
    numberIndices = sorted.values().stream().mapToInt(Integer::intValue).toArray();
    consecutive = numbers.length > 0;
    for (int i = 0; i < numbers.length; i++) {
      consecutive &= numbers[i] == numbers[0] + i && numberIndices[i] == i;
    }
  }

  private static Object key(Object value) {
    if (value instanceof Boolean b) {
      return b ? 1L : 0L;
    }
    if (value instanceof String s) {
      return UTF8String.fromString(s);
    }
    if (value instanceof Number n && n.doubleValue() == Math.rint(n.doubleValue())) {
      return n.longValue();
    }
    throw new FeedException(
        "label %s (%s) cannot be a class: classes are whole numbers, booleans or strings; use"
                .formatted(value, value.getClass().getSimpleName())
            + " Label.target for regression");
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    index();
  }
}
