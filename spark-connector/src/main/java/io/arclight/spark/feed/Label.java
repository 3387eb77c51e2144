package io.arclight.spark.feed;

import java.io.Serializable;
import java.util.List;
import java.util.stream.LongStream;

/** What the model learns to give. */
public sealed interface Label extends Serializable {

  /** No label: only the features are fed. */
  static Label none() {
    return new None();
  }

  /** Classes; the distinct values are collected and sorted on the driver. */
  static Label classes(String column) {
    return new Classes(column, List.of());
  }

  /** Classes with the given values, of the column's type, in the order of their indices. */
  static Label classes(String column, List<?> values) {
    return new Classes(column, List.copyOf(values));
  }

  /** Classes 0 to {@code count} - 1 of an integer column. */
  static Label classes(String column, int count) {
    return new Classes(column, LongStream.range(0, count).<Object>mapToObj(i -> i).toList());
  }

  /** A number, fed as float32. */
  static Label target(String column) {
    return new Target(column);
  }

  /** See {@link #none}. */
  record None() implements Label {}

  /** See {@link #classes(String)}; without values they are collected. */
  record Classes(String column, List<Object> values) implements Label {}

  /** See {@link #target}. */
  record Target(String column) implements Label {}
}
