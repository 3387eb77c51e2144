package io.arclight.spark.launch;

import io.arclight.spark.internal.DriverEndpoint;
import io.arclight.spark.launch.Message.Chunk;
import io.arclight.spark.launch.Message.Connected;
import io.arclight.spark.launch.Message.Done;
import io.arclight.spark.launch.Message.DropSnapshot;
import io.arclight.spark.launch.Message.Ended;
import io.arclight.spark.launch.Message.Failed;
import io.arclight.spark.launch.Message.Hello;
import io.arclight.spark.launch.Message.ListSnapshots;
import io.arclight.spark.launch.Message.Listing;
import io.arclight.spark.launch.Message.Orders;
import io.arclight.spark.launch.Message.PartWritten;
import io.arclight.spark.launch.Message.Pulse;
import io.arclight.spark.launch.Message.ReadSnapshot;
import io.arclight.spark.launch.Message.Refusal;
import io.arclight.spark.launch.Message.Refused;
import io.arclight.spark.launch.Message.WriteSnapshot;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver's end of the line to the ranks of one start of a run. */
final class RunControl implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunControl.class);

  private final RankStates ranks;
  private final CheckpointCollector collector;
  private final SnapshotStore snapshots;
  private final RunListeners listeners;
  private final BooleanSupplier stop;
  private final ExecutorService thread;
  private final DriverEndpoint endpoint;
  private volatile String commitFailure;

  /**
   * Opens the line.
   *
   * @param snapshots the store in this driver's memory, or null when there is another
   */
  RunControl(
      SparkContext context,
      String endpointName,
      RankStates ranks,
      CheckpointCollector collector,
      SnapshotStore snapshots,
      RunListeners listeners,
      BooleanSupplier stop) {
    this.ranks = ranks;
    this.collector = collector;
    this.snapshots = snapshots;
    this.listeners = listeners;
    this.stop = stop;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread worker = new Thread(task, "arclight-" + endpointName);
              worker.setDaemon(true);
              return worker;
            });
    this.endpoint =
        DriverEndpoint.open(
            context, endpointName, bytes -> Wire.encode(answer(Wire.message(bytes))));
  }

  /** Ends the line after what is being committed; fails when a commit did. */
  void drain() throws IOException {
    thread.shutdown();
    try {
      thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the last checkpoint was being committed", e);
    }
    if (commitFailure != null) {
      throw new IOException(commitFailure);
    }
  }

  /** Ends the line after a failure; what is complete is still committed. */
  void drainQuietly() {
    close();
    try {
      drain();
    } catch (IOException e) {
      LOG.warn("The last checkpoint may be missing: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    endpoint.close();
    thread.shutdown();
  }

  private Message answer(Message message) {
    if (message instanceof Pulse pulse) {
      ranks.heard(pulse.rank());
      if (pulse.report() != null && pulse.rank() == 0) {
        later(() -> listeners.tell(listener -> listener.progress(pulse.report())));
      }
      if (!pulse.warnings().isEmpty()) {
        later(() -> pulse.warnings().forEach(listeners::warn));
      }
      return new Orders(stop.getAsBoolean());
    }

    if (message instanceof Hello hello) {
      ranks.started(hello.place());
    } else if (message instanceof Connected connected) {
      if (ranks.connected(connected.rank())) {
        RunStart start = ranks.start();
        later(() -> listeners.tell(listener -> listener.started(start)));
      }
    } else if (message instanceof Failed failed) {
      ranks.failed(failed.error());
    } else if (message instanceof Ended ended) {
      ranks.ended(ended.rank());
    } else if (message instanceof PartWritten part) {
      ranks.heard(part.rank());
      return collect(part);
    } else if (snapshots != null) {
      return answerSnapshots(message);
    }
    return new Done();
  }

  private Message collect(PartWritten part) {
    if (commitFailure != null) {
      return new Refused(Refusal.FAILED, commitFailure);
    }

    later(
        () -> {
          try {
            collector
                .add(part)
                .ifPresent(made -> listeners.tell(listener -> listener.committed(made)));
          } catch (IOException | RuntimeException e) {
            commitFailure = "Checkpoint of step %d was not committed: %s".formatted(part.step(), e);
            LOG.error(commitFailure, e);
          }
        });
    return new Done();
  }

  private Message answerSnapshots(Message message) {
    try {
      if (message instanceof WriteSnapshot write) {
        snapshots.append(write.name(), write.chunk(), write.bytes(), write.last());
      } else if (message instanceof DropSnapshot drop) {
        snapshots.drop(drop.name());
      } else if (message instanceof ReadSnapshot read) {
        return new Chunk(snapshots.chunk(read.name(), read.chunk()));
      } else if (message instanceof ListSnapshots list) {
        return new Listing(new ArrayList<>(snapshots.list(list.folder())));
      }
      return new Done();
    } catch (FileNotFoundException e) {
      return new Refused(Refusal.ABSENT, e.getMessage());
    } catch (SnapshotLimitException e) {
      return new Refused(Refusal.TOO_LARGE, e.getMessage());
    }
  }

  /** Handlers must answer at once; listeners and stores may take their time. */
  private void later(Runnable action) {
    if (!thread.isShutdown()) {
      thread.execute(action);
    }
  }
}
