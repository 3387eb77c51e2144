package io.arclight.tensor.memory;

import java.util.Locale;
import java.util.function.LongSupplier;

/** Sizes in system properties, such as {@code 500m}, {@code 8g} or {@code 1073741824}. */
public final class ByteSize {
  private ByteSize() {}

  /**
   * The bytes that system property {@code name} gives, or {@code otherwise} if it is not set.
   *
   * @throws IllegalArgumentException if its text is no positive size
   */
  public static long property(String name, LongSupplier otherwise) {
    String text = System.getProperty(name);
    return text == null ? otherwise.getAsLong() : parse(name, text);
  }

  static long parse(String name, String text) {
    String lower = text.trim().toLowerCase(Locale.ROOT);
    int shift = lower.isEmpty() ? -1 : "kmgt".indexOf(lower.charAt(lower.length() - 1)) + 1;
    String digits = shift > 0 ? lower.substring(0, lower.length() - 1) : lower;
    try {
      long value = Long.parseLong(digits);
      if (value > 0 && value <= SizeClass.MAX_BYTES >> (10 * shift)) {
        return value << (10 * shift);
      }
    } catch (NumberFormatException e) {
      // Reported below with the values that are out of range.
    }
    throw new IllegalArgumentException(
        "-D" + name + "=" + text + " is no size: use bytes, or a number with k, m, g or t");
  }
}
