package io.arclight.it;

import io.arclight.data.Batch;
import io.arclight.models.Mlp;
import io.arclight.spark.Forward;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;

/**
 * A forward whose process is struck once, soon after a call: during the all-reduce, the optimizer
 * step or the checkpoint that follow, as the delay has it.
 */
final class Strike implements Forward<Mlp> {
  private static final long serialVersionUID = 1L;

  /** What the process gets. */
  enum Signal {
    KILL,
    /** Its sockets stay open. */
    STOP
  }

  private final Signal signal;
  private final int victim;
  private final int call;
  private final long delayMicros;
  private final String marker;
  private transient int calls;

  /**
   * @param victim rank that is struck
   * @param call forward passes that the rank makes before
   * @param marker file that says that it has happened
   */
  Strike(Signal signal, int victim, int call, long delayMicros, Path marker) {
    this.signal = signal;
    this.victim = victim;
    this.call = call;
    this.delayMicros = delayMicros;
    this.marker = marker.toString();
  }

  @Override
  public Tensor apply(Mlp model, Batch batch) {
    TaskContext task = TaskContext.get();
    if (task != null && task.partitionId() == victim && ++calls == call && isFirst()) {
      Thread killer = new Thread(this::strike, "strike");
      killer.setDaemon(true);
      killer.start();
    }
    return model.call(batch.get("pixels"));
  }

  private boolean isFirst() {
    try {
      Files.createFile(Path.of(marker));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void strike() {
    try {
      TimeUnit.MICROSECONDS.sleep(delayMicros);
      send(signal, ProcessHandle.current().pid());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void send(Signal signal, long pid) {
    try {
      new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
