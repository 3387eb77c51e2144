package io.arclight.tensor.memory;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The stack of an allocation; a Throwable because that is the cheapest way to take a stack. */
final class AllocationSite extends Throwable {
  private static final long serialVersionUID = 1L;
  private static final String OWN_PACKAGE = AllocationSite.class.getPackageName() + '.';
  private static final int FRAMES = 12;

  private final long nanoTime = System.nanoTime();

  long ageSeconds() {
    return (System.nanoTime() - nanoTime) / 1_000_000_000L;
  }

  /** The frames outside this package, one a line. */
  String text() {
    return Arrays.stream(getStackTrace())
        .dropWhile(
            frame ->
                frame.getClassName().startsWith(OWN_PACKAGE)
                    && !frame.getClassName().endsWith("Test"))
        .limit(FRAMES)
        .map(frame -> "    at " + frame)
        .collect(Collectors.joining("\n"));
  }
}
