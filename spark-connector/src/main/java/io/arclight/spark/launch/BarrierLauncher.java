package io.arclight.spark.launch;

import io.arclight.data.blob.BlobStore;
import io.arclight.spark.internal.RunSecret;
import io.arclight.spark.internal.TaskWatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.resource.ResourceProfile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the ranks as one barrier stage and restarts them itself: Spark does not retry a barrier
 * stage whose results are collected, and may hang retrying others.
 */
public final class BarrierLauncher implements Launcher {
  private static final Logger LOG = LoggerFactory.getLogger(BarrierLauncher.class);
  private static final Duration ANSWER = Duration.ofMinutes(2);

  private static final int LARGE_FUNCTION = 1 << 20;

  private final SparkContext context;
  private final RunSettings settings;
  private final RunListeners listeners;
  private final Cancellation cancellation = new Cancellation();
  private final AtomicReference<Attempt> current = new AtomicReference<>();
  private volatile boolean stop;

  private BarrierLauncher(SparkContext context, RunSettings settings, RunListeners listeners) {
    this.context = context;
    this.settings = settings;
    this.listeners = listeners;
  }

  /** A launcher for one run. */
  public static BarrierLauncher of(
      SparkContext context, RunSettings settings, RunListener... listeners) {
    return new BarrierLauncher(context, settings, new RunListeners(List.of(listeners)));
  }

  @Override
  public <T, R> RunResult<R> run(RDD<T> feed, RankFunction<T, R> function) {
    Throwable failure = null;
    try {
      Shipping.require("the rank function", function);
      byte[] code = Wire.encode(function);
      if (code.length > LARGE_FUNCTION) {
        LOG.warn(
            "The rank function has {} bytes, which every task carries; broadcast large values",
            code.length);
      }
      return restarting(feed, code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = e;
      throw new RunCancelledException(
          "Run %s was cancelled: its thread was interrupted".formatted(settings.runId()), e);
    } catch (IOException e) {
      failure = e;
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      Throwable end = failure;
      listeners.tell(listener -> listener.ended(end));
    }
  }

  @Override
  public void stop() {
    stop = true;
  }

  @Override
  public void cancel() {
    cancellation.cancel();
    Attempt attempt = current.get();
    if (attempt != null) {
      attempt.cancel();
    }
  }

  private <T, R> RunResult<R> restarting(RDD<T> feed, byte[] function)
      throws IOException, InterruptedException {
    CheckpointPolicy policy = settings.checkpoints();
    SnapshotStore snapshots =
        policy.store().isPresent() ? null : new SnapshotStore(policy.snapshotLimit());
    Checkpoints checkpoints = Checkpoints.in(policy.store().orElse(snapshots), policy.keep());
    requireResumable(checkpoints);

    int restarts = 0;
    int inVain = 0;
    Optional<Checkpoint> restored = checkpoints.latest();
    while (true) {
      try {
        List<R> results = attempt(feed, function, checkpoints, snapshots, restored);
        return new RunResult<>(results, restarts, checkpoints.latest(), checkpoints);
      } catch (InfrastructureFailure e) {
        Optional<Checkpoint> newest = checkpoints.latest();
        inVain = newest.equals(restored) ? inVain + 1 : 1;
        restored = newest;
        if (inVain > settings.restarts().limit()) {
          throw new LaunchException(
              "Run %s failed %d times without a new checkpoint in between; the last failure was: %s"
                  .formatted(settings.runId(), inVain, e.getCause().getMessage()),
              e.getCause());
        }

        restarts++;
        announce(restarts, settings.restarts().delay(inVain), restored, e.getCause());
        cancellation.sleep(settings.restarts().delay(inVain));
      }
    }
  }

  private void requireResumable(Checkpoints checkpoints) throws IOException {
    if (settings.checkpoints().resume() == Resume.NEVER && !checkpoints.isEmpty()) {
      throw new LaunchException(
          "%s has checkpoints of an earlier run; resume it (Resume.LATEST), or choose another folder"
              .formatted(checkpoints.store().location()));
    }
  }

  private void announce(int restart, Duration delay, Optional<Checkpoint> from, Throwable cause) {
    LOG.warn(
        "Run {} failed and restarts from {} in {} ms: {}",
        settings.runId(),
        from.map(checkpoint -> "step " + checkpoint.step())
            .orElse("step 0, for want of a checkpoint"),
        delay.toMillis(),
        firstLine(cause));
    LOG.debug("The failure in full", cause);
    listeners.tell(listener -> listener.restarting(restart, delay, cause));
  }

  private static String firstLine(Throwable cause) {
    return cause.toString().lines().findFirst().orElse("");
  }

  private <T, R> List<R> attempt(
      RDD<T> feed,
      byte[] function,
      Checkpoints checkpoints,
      SnapshotStore snapshots,
      Optional<Checkpoint> restored)
      throws InfrastructureFailure, InterruptedException, IOException {
    int world = feed.getNumPartitions();
    Optional<ResourceProfile> profile =
        new Slots(context, world, settings.placement(), cancellation).await(listeners);

    int epoch = checkpoints.claim(settings.runId());
    checkpoints.deleteLeftovers(epoch);
    String name = "arclight-%s-%d".formatted(settings.runId(), epoch);
    Duration heartbeat =
        Duration.ofMillis(context.conf().getTimeAsMs("spark.executor.heartbeatInterval", "10s"));
    RankStates ranks = new RankStates(settings.runId(), epoch, world, heartbeat);
    DriverLine line = new DriverLine(name, ANSWER);
    BlobStore store = snapshots == null ? checkpoints.store() : new RemoteSnapshots(line);
    RunPlan plan =
        new RunPlan(
            settings.runId(),
            epoch,
            world,
            settings.placement().ranksPerExecutor(),
            settings.timeouts(),
            RunSecret.create(context.conf()),
            line,
            store,
            restored.orElse(null));
    CheckpointCollector collector =
        new CheckpointCollector(checkpoints, settings.runId(), epoch, world);
    Attempt attempt = new Attempt(context, name, settings.timeouts(), ranks, cancellation);
    current.set(attempt);
    RunControl control =
        new RunControl(context, name, ranks, collector, snapshots, listeners, () -> stop);
    // Watches on while ranks leave, which is after their job has ended.
    TaskWatch watch = TaskWatch.over(context, name, ranks);
    try {
      byte[][] results =
          attempt.run(feed, new RankTask<>(plan, function), profile, settings.runId());
      control.drain();
      return decode(results, world);
    } catch (InfrastructureFailure e) {
      attempt.settle();
      control.drainQuietly();
      throw e;
    } catch (RuntimeException e) {
      attempt.settleBriefly();
      control.drainQuietly();
      throw e;
    } finally {
      current.set(null);
      watch.close();
      control.close();
    }
  }

  @SuppressWarnings("unchecked")
  private static <R> List<R> decode(byte[][] results, int world) {
    if (results.length != world) {
      throw new LaunchException(
          "%d of %d ranks gave a result; the run is incomplete".formatted(results.length, world));
    }

    List<R> decoded = new ArrayList<>();
    for (byte[] result : results) {
      try {
        decoded.add((R) Wire.decode(result));
      } catch (ClassNotFoundException e) {
        throw new LaunchException(
            "The driver lacks the class of a rank's result: " + e.getMessage(), e);
      }
    }
    return decoded;
  }
}
