package io.arclight.nn;

import io.arclight.tensor.Shape;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Sizes by spatial dimension, given as one for all or as one for each. */
final class Sizes {
  private Sizes() {}

  /**
   * @throws IllegalArgumentException for a count that is neither 1 nor {@code n}
   */
  static Shape each(String what, Shape given, int n) {
    if (given.rank() == n) {
      return given;
    }
    if (given.rank() != 1) {
      throw new IllegalArgumentException(
          "%s: expects 1 or %d numbers, got %s".formatted(what, n, given));
    }
    long[] out = new long[n];
    Arrays.fill(out, given.dim(0));
    return Shape.of(out);
  }

  static boolean all(Shape sizes, long value) {
    return Arrays.stream(sizes.toArray()).allMatch(v -> v == value);
  }

  /** As Python prints a tuple. */
  static String tuple(long... values) {
    String inner = Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return values.length == 1 ? "(" + inner + ",)" : "(" + inner + ")";
  }
}
