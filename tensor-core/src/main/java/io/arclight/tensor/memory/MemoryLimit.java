package io.arclight.tensor.memory;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The limit before anybody sets one: {@code arclight.memory}, else what the Java heap leaves. */
final class MemoryLimit {
  private static final String PROPERTY = "arclight.memory";
  private static final double SHARE = 0.8;
  private static final double LEAST_SHARE = 0.25;

  private MemoryLimit() {}

  static long initial() {
    String text = System.getProperty(PROPERTY);
    if (text != null) {
      return parse(text);
    }
    // The JVM's own view honours the limits of cgroup v1 and v2.
    long total =
        ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    return of(total, Runtime.getRuntime().maxMemory());
  }

  /** A heap allowed to be as big as the machine rarely is: tensors then get a quarter. */
  static long of(long total, long heap) {
    return (long) Math.max(SHARE * (total - heap), LEAST_SHARE * total);
  }

  /** Bytes of a text such as {@code 500m}, {@code 8g} or {@code 1073741824}. */
  static long parse(String text) {
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
        "-D" + PROPERTY + "=" + text + " is no size: use bytes, or a number with k, m, g or t");
  }
}
