package io.arclight.spark.launch;

import io.arclight.distributed.CollectiveException;
import io.arclight.distributed.CollectiveMismatchException;
import io.arclight.distributed.RendezvousException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import org.apache.spark.TaskKilledException;
import org.apache.spark.shuffle.FetchFailedException;

/**
 * The error that ended a rank, as it travels to the driver.
 *
 * @param culprit the rank whose process or connection is at fault, or -1
 * @param throwable the serialised error; empty when it cannot be serialised
 */
record RankError(
    int rank, Kind kind, int culprit, String type, String message, String stack, byte[] throwable)
    implements Serializable {

  /** Whose fault an error is. */
  enum Kind {
    /** It would come again: never restarted. */
    USER,
    /** A machine, process or connection failed. */
    INFRASTRUCTURE,
    /** Spark ended the task because of something else. */
    KILLED
  }

  static RankError of(int rank, Throwable error) {
    Throwable cause = rootOf(error);
    StringWriter stack = new StringWriter();
    cause.printStackTrace(new PrintWriter(stack));
    return new RankError(
        rank,
        kindOf(cause),
        culpritOf(cause),
        cause.getClass().getName(),
        String.valueOf(cause.getMessage()),
        stack.toString(),
        serialised(cause));
  }

  /** The error as an exception of the driver; the original one when its class is known here. */
  RuntimeException toException(String runId) {
    Throwable original = original();
    boolean unchecked = original instanceof RuntimeException;
    RankFailedException place =
        new RankFailedException(
            rank,
            "Rank %d of run %s failed: %s: %s%nOn the executor:%n%s"
                .formatted(rank, runId, type, message, stack),
            unchecked ? null : original);
    if (unchecked) {
      original.addSuppressed(place);
      return (RuntimeException) original;
    }
    return place;
  }

  private Throwable original() {
    try {
      return throwable.length == 0 ? null : (Throwable) Wire.decode(throwable);
    } catch (ClassNotFoundException | RuntimeException unknownHere) {
      return null;
    }
  }

  private static Kind kindOf(Throwable error) {
    if (error instanceof InterruptedException
        || error instanceof ClosedByInterruptException
        || error instanceof InterruptedIOException
        || error instanceof TaskKilledException
        || Thread.currentThread().isInterrupted()) {
      return Kind.KILLED;
    }

    if (error instanceof CollectiveMismatchException || error instanceof SnapshotLimitException) {
      return Kind.USER;
    }

    boolean file = error instanceof FileNotFoundException || error instanceof FileSystemException;
    boolean passing =
        error instanceof CollectiveException
            || error instanceof RendezvousException
            || error instanceof FetchFailedException
            || error instanceof IOException
            || error instanceof UncheckedIOException;
    return passing && !file ? Kind.INFRASTRUCTURE : Kind.USER;
  }

  private static int culpritOf(Throwable error) {
    return error instanceof CollectiveException failure ? failure.details().culprit() : -1;
  }

  /** Wrappers that only carry an error through an interface without checked exceptions. */
  private static Throwable rootOf(Throwable error) {
    Throwable cause = error.getCause();
    boolean wrapper =
        error instanceof UncheckedIOException
            || error instanceof java.util.concurrent.ExecutionException;
    return wrapper && cause != null ? rootOf(cause) : error;
  }

  private static byte[] serialised(Throwable error) {
    try {
      return Wire.encode(error);
    } catch (RuntimeException notSerialisable) {
      return new byte[0];
    }
  }
}
