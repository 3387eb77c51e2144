package io.arclight.data;

import java.util.LinkedHashMap;
import java.util.Map;

/** Data sets side by side: a sample has one value of each, by name. */
public final class StackDataset implements Dataset<Map<String, Object>> {
  private final Map<String, Dataset<?>> parts;

  /**
   * @throws IllegalArgumentException unless all have the same number of samples
   */
  public StackDataset(Map<String, ? extends Dataset<?>> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("StackDataset: needs at least one dataset");
    }
    this.parts = new LinkedHashMap<>(parts);
    Map<String, Long> sizes = new LinkedHashMap<>();
    parts.forEach((name, part) -> sizes.put(name, part.size()));
    if (sizes.values().stream().distinct().count() > 1) {
      throw new IllegalArgumentException("StackDataset: the numbers of samples differ: " + sizes);
    }
  }

  /** Samples with these two fields. */
  public static StackDataset of(String first, Dataset<?> a, String second, Dataset<?> b) {
    Map<String, Dataset<?>> parts = new LinkedHashMap<>();
    parts.put(first, a);
    parts.put(second, b);
    return new StackDataset(parts);
  }

  @Override
  public long size() {
    return parts.values().iterator().next().size();
  }

  @Override
  public Map<String, Object> get(long index) {
    Map<String, Object> out = new LinkedHashMap<>();
    parts.forEach((name, part) -> out.put(name, part.get(index)));
    return out;
  }
}
