package io.arclight.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Parts of a container in a changeable order; those without names of their own have numbers. */
final class Numbered {
  private Numbered() {}

  /** The place of {@code index}, which counts from the end where negative. */
  static int place(String container, int index, int size) {
    int out = index < 0 ? index + size : index;
    if (out < 0 || out >= size) {
      throw new IndexOutOfBoundsException(
          container + ": no part " + index + ", it has " + size + " parts");
    }
    return out;
  }

  /** As {@link #place}, or the end itself. */
  static int gap(String container, int index, int size) {
    return index == size ? size : place(container, index, size);
  }

  /** Puts a part among others, which keep their order: names that follow are counted anew. */
  static <T> void insert(Map<String, T> parts, int at, T part) {
    List<T> all = new ArrayList<>(parts.values());
    all.add(at, Objects.requireNonNull(part, "the part to insert is null"));
    number(parts, all);
  }

  /** Takes a part out; numbers that follow are counted anew, names stay. */
  static <T> T remove(Map<String, T> parts, int at) {
    List<String> names = new ArrayList<>(parts.keySet());
    boolean numbered = names.equals(numbers(names.size()));
    T out = parts.remove(names.get(at));
    if (numbered) {
      number(parts, new ArrayList<>(parts.values()));
    }
    return out;
  }

  static List<String> numbers(int count) {
    List<String> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      out.add(Integer.toString(i));
    }
    return out;
  }

  private static <T> void number(Map<String, T> parts, List<T> all) {
    parts.clear();
    for (int i = 0; i < all.size(); i++) {
      parts.put(Integer.toString(i), all.get(i));
    }
  }
}
