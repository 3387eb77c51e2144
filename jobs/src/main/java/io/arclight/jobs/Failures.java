package io.arclight.jobs;

import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.SparkThrowable;

/** Which failures are the user's to mend, so that a message without a stack trace is enough. */
final class Failures {
  private Failures() {}

  /** What to say of a failure: of the first in its chain that says itself what is wrong. */
  static String message(Throwable e) {
    Throwable told = causes(e).filter(Failures::isTelling).findFirst().orElse(e);
    String text = told.getMessage();
    return text == null || text.isBlank() ? told.toString() : text.strip();
  }

  static boolean unexpected(Throwable e) {
    return causes(e).noneMatch(Failures::isTelling);
  }

  private static Stream<Throwable> causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause);
  }

  private static boolean isTelling(Throwable e) {
    return e.getClass().getName().startsWith("io.arclight.")
        || e instanceof UncheckedIOException
        || e instanceof SparkThrowable spark && spark.getErrorClass() != null;
  }
}
