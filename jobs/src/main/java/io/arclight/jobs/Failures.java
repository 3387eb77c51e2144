package io.arclight.jobs;

import io.arclight.spark.TrainingException;
import io.arclight.spark.feed.FeedException;
import io.arclight.spark.launch.LaunchException;
import io.arclight.tensor.TensorException;
import java.io.UncheckedIOException;
import org.apache.spark.sql.AnalysisException;

/** Which failures are the user's to mend, so that a message without a stack trace is enough. */
final class Failures {
  private Failures() {}

  static String message(Throwable e) {
    String text = e.getMessage();
    return text == null || text.isBlank() ? e.toString() : text;
  }

  static boolean unexpected(Throwable e) {
    return !(e instanceof TrainingException
        || e instanceof FeedException
        || e instanceof LaunchException
        || e instanceof TensorException
        || e instanceof UncheckedIOException
        || e instanceof AnalysisException
        || e instanceof JobException
        || e.getClass().getName().startsWith("io.arclight."));
  }
}
