package io.arclight.tensor.memory;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds scopes that were never closed, and remembers where memory was allocated.
 *
 * <p>A leak is a {@link Scope} left open: still open when a scope around it closes, or when its
 * thread has ended. Its memory is handed to the garbage collector, so it is late, not lost. All
 * other memory has an owner that frees it. The level is set by {@code -Darclight.leak-detector}.
 */
public final class LeakDetector {
  /** Which allocations are remembered with their stack. */
  public enum Level {
    OFF,
    /** One in 1024 of a thread. */
    SAMPLED,
    ALL
  }

  static final int SAMPLE_EVERY = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(LeakDetector.class);
  private static final AtomicLong LEAKS = new AtomicLong();
  private static volatile Level level =
      Level.valueOf(
          System.getProperty("arclight.leak-detector", "sampled").toUpperCase(Locale.ROOT));

  private LeakDetector() {}

  /** How much is watched. */
  public static Level level() {
    return level;
  }

  /** Watches as much from now on. */
  public static void level(Level newLevel) {
    level = newLevel;
  }

  /** Scopes found left open since the process started. */
  public static long leaks() {
    return LEAKS.get();
  }

  static void report(String problem, AllocationSite site) {
    LEAKS.incrementAndGet();
    LOG.error(
        "LEAK: {}. Open scopes by try-with-resources or Scope.run(...). {}", problem, where(site));
  }

  /** Where {@code site} is, or how to learn it. */
  static String where(AllocationSite site) {
    return site == null
        ? "Run with -Darclight.leak-detector=all to see where it was created."
        : "Created here:\n" + site.text();
  }
}
