package io.arclight.it;

import io.arclight.data.Batch;
import io.arclight.models.Mlp;
import io.arclight.spark.Forward;
import io.arclight.spark.launch.Checkpoint;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunStart;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.TaskContext;

/**
 * A fault that befalls one rank of a run once. The rank goes no further than one step beyond it, so
 * that the run cannot end before; a file says when it happened.
 */
final class Strike implements Forward<Mlp> {
  private static final long serialVersionUID = 1L;
  private static final int KILLED = 137;

  /** What happens, and where in the rank's work. */
  enum Moment {
    /** An executor's process is stopped before it gets its rank, which never says that it began. */
    LAUNCH(""),
    /** Killed while Spark holds the ranks, for a second at least, until all have come. */
    MEETING(""),
    /** Killed about when Spark lets the ranks go and they connect. */
    CONNECTING(""),
    /** Killed while the rank waits for the sum of the gradients. */
    ALL_REDUCE("io.arclight.distributed.GradientReducer"),
    /** Killed while the rank writes its part of a checkpoint. */
    CHECKPOINT("io.arclight.spark.TrainingCheckpoint"),
    /** Killed by the driver when it has committed a checkpoint, a step later at most. */
    COMMIT(""),
    /** Stopped: its sockets stay open. */
    SILENCE(""),
    /** Its connection from the rank before it goes quiet; the process lives. */
    STALL("");

    /** The class that the rank's thread must be in, if any. */
    private final String inside;

    Moment(String inside) {
      this.inside = inside;
    }

    boolean isRendezvous() {
      return this == LAUNCH || this == MEETING || this == CONNECTING;
    }

    /** Whether only the limit of silence tells. */
    boolean isSilent() {
      return this == LAUNCH || this == SILENCE || this == STALL;
    }
  }

  private final Moment moment;
  private final int victim;
  private final int count;
  private final long delayMicros;
  private final String marker;
  private transient volatile boolean come;
  private transient Thread blow;
  private transient int calls;

  /**
   * A strike that waits for its moment.
   *
   * @param victim rank that is struck
   * @param count from which call of the forward on; of {@link Moment#COMMIT} the checkpoint's step
   * @param delayMicros wait after the moment has come
   * @param marker file that says when it happened
   */
  Strike(Moment moment, int victim, int count, long delayMicros, Path marker) {
    this.moment = moment;
    this.victim = victim;
    this.count = count;
    this.delayMicros = delayMicros;
    this.marker = marker.toString();
  }

  Moment moment() {
    return moment;
  }

  /** When it happened, in milliseconds since 1970. */
  long millis() throws IOException {
    return Files.getLastModifiedTime(Path.of(marker)).toMillis();
  }

  boolean hasHappened() {
    return Files.exists(Path.of(marker));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%-10s rank %d, at %2d + %7d us", moment, victim, count, delayMicros);
  }

  /** Ranks read the forward when their task has begun, before they meet. */
  private Object readResolve() {
    if (moment.isRendezvous() && moment != Moment.LAUNCH) {
      begin(TaskContext.get());
    }
    return this;
  }

  @Override
  public Tensor apply(Mlp model, Batch batch) {
    TaskContext task = TaskContext.get();
    if (task == null) {
      strikeBeforeLaunch();
    }
    if (come) {
      awaitBlow();
    }
    if (++calls == count && !moment.isRendezvous()) {
      begin(task);
    }
    return model.call(batch.get("pixels"));
  }

  private void begin(TaskContext task) {
    if (task != null && task.partitionId() == victim && !hasHappened()) {
      Thread rank = Thread.currentThread();
      come = moment.inside.isEmpty();
      blow = new Thread(() -> strikeInside(task, rank), "strike");
      blow.setDaemon(true);
      blow.start();
    }
  }

  private void awaitBlow() {
    try {
      blow.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted before the strike", e);
    }
  }

  private void strikeInside(TaskContext task, Thread rank) {
    while (!isInside(rank)) {
      if (task.isCompleted()) {
        return;
      }
    }
    come = true;
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(delayMicros));
    if (moment == Moment.COMMIT) {
      awaitDriver();
    } else if (mark()) {
      switch (moment) {
        case SILENCE -> stop(ProcessHandle.current());
        case STALL -> awaitDriver();
        default -> Runtime.getRuntime().halt(KILLED);
      }
    }
  }

  private boolean isInside(Thread rank) {
    return moment.inside.isEmpty()
        || Arrays.stream(rank.getStackTrace())
            .anyMatch(frame -> frame.getClassName().startsWith(moment.inside));
  }

  private boolean mark() {
    try {
      Files.createFile(Path.of(marker));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The driver calls the forward too, to trace it, after its last job before the launch. */
  private void strikeBeforeLaunch() {
    if (moment == Moment.LAUNCH && mark()) {
      stop(Cluster.executors().get(victim));
    }
  }

  private static void stop(ProcessHandle process) {
    try {
      String pid = String.valueOf(process.pid());
      new ProcessBuilder("kill", "-STOP", pid).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The file by which the driver tells that it has done its part. */
  private Path answer() {
    return Path.of(marker + ".answer");
  }

  private void awaitDriver() {
    while (!Files.exists(answer())) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** Strikes from the driver, when that is where it comes from. */
  RunListener fromDriver(Relay relay) {
    return new RunListener() {
      private RunStart start;

      @Override
      public void started(RunStart now) {
        start = now;
        if (moment == Moment.STALL && !hasHappened()) {
          String address = now.ranks().get(victim).address();
          Thread watch = new Thread(() -> stallWhenMarked(relay, address), "stall");
          watch.setDaemon(true);
          watch.start();
        }
      }

      @Override
      public void committed(Checkpoint checkpoint) {
        if (moment == Moment.COMMIT && checkpoint.step() == count && mark()) {
          ProcessHandle.of(start.ranks().get(victim).pid())
              .ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    };
  }

  private void stallWhenMarked(Relay relay, String address) {
    try {
      while (!hasHappened()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      relay.stall(address);
      Files.createFile(answer());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
