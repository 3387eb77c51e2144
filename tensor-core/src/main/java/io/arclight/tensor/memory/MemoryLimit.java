package io.arclight.tensor.memory;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The limit before anybody sets one: {@code arclight.memory}, else what the Java heap leaves. */
final class MemoryLimit {
  private static final String PROPERTY = "arclight.memory";
  private static final double SHARE = 0.8;
  private static final double LEAST_SHARE = 0.25;

  private MemoryLimit() {}

  static long initial() {
    return ByteSize.property(PROPERTY, MemoryLimit::beyondTheHeap);
  }

  private static long beyondTheHeap() {
    // The JVM's own view honours the limits of cgroup v1 and v2.
    long total =
        ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    return of(total, Runtime.getRuntime().maxMemory());
  }

  /** A heap allowed to be as big as the machine rarely is: tensors then get a quarter. */
  static long of(long total, long heap) {
    return (long) Math.max(SHARE * (total - heap), LEAST_SHARE * total);
  }
}
