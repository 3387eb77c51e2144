package io.arclight.tensor.memory;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** The stack of an allocation; a Throwable because that is the cheapest way to take a stack. */
final class AllocationSite extends Throwable {
  private static final long serialVersionUID = 1L;
  private static final Set<String> OWN =
      Set.of(ThreadMemory.class.getName(), Storage.class.getName(), Scope.class.getName());
  private static final int FRAMES = 12;

  private final long nanoTime = System.nanoTime();

  long ageSeconds() {
    return (System.nanoTime() - nanoTime) / 1_000_000_000L;
  }

  /** The frames below those of this package, one a line. */
  String text() {
    return Arrays.stream(getStackTrace())
        .dropWhile(frame -> OWN.contains(frame.getClassName()))
        .limit(FRAMES)
        .map(frame -> "    at " + frame)
        .collect(Collectors.joining("\n"));
  }
}
