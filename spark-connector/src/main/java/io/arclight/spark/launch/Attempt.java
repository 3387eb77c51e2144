package io.arclight.spark.launch;

import io.arclight.spark.internal.Executors;
import io.arclight.spark.internal.Executors.Executor;
import io.arclight.spark.internal.Shutdown;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.resource.ResourceProfile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** One start of a run: a barrier job on the caller's thread, watched from another. */
final class Attempt {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
  private static final String INTERRUPT = "spark.job.interruptOnCancel";
  private static final ClassTag<byte[]> BYTES = ClassTag$.MODULE$.apply(byte[].class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration SETTLE_POLL = Duration.ofMillis(50);
  private static final Duration BRIEFLY = Duration.ofSeconds(5);

  private final SparkContext context;
  private final String tag;
  private final Timeouts timeouts;
  private final RankStates ranks;
  private final Cancellation cancellation;
  private final AtomicReference<RankLostException> lost = new AtomicReference<>();
  private long lastTick = System.nanoTime();

  /**
   * An attempt that has not begun.
   *
   * @param tag Spark's job tag, of this attempt only
   */
  Attempt(
      SparkContext context,
      String tag,
      Timeouts timeouts,
      RankStates ranks,
      Cancellation cancellation) {
    this.context = context;
    this.tag = tag;
    this.timeouts = timeouts;
    this.ranks = ranks;
    this.cancellation = cancellation;
  }

  /**
   * Runs the job and gives the encoded results by rank.
   *
   * @throws InfrastructureFailure when a restart may help
   */
  <T> byte[][] run(RDD<T> feed, RankTask<T> task, Optional<ResourceProfile> profile, String runId)
      throws InfrastructureFailure {
    RDD<byte[]> job = feed.barrier().mapPartitions(task, false, BYTES);
    profile.ifPresent(job::withResources);

    String interruptBefore = context.getLocalProperty(INTERRUPT);
    context.setLocalProperty(INTERRUPT, "true");
    context.addJobTag(tag);
    ScheduledExecutorService watchdog = watch();
    try {
      if (cancellation.isCancelled()) {
        throw new RunCancelledException(
            "Run %s was cancelled by its caller".formatted(runId), null);
      }
      return (byte[][]) job.collect();
    } catch (Throwable e) {
      throw explain(e, runId);
    } finally {
      watchdog.shutdownNow();
      context.removeJobTag(tag);
      context.setLocalProperty(INTERRUPT, interruptBefore);
    }
  }

  void cancel() {
    context.cancelJobsWithTag(tag);
  }

  /**
   * Waits until no rank of this attempt runs any more, and replaces executors whose ranks do not
   * leave: a stopped process would keep its slot for Spark's two minutes.
   */
  void settle() throws InterruptedException {
    for (RankPlace place : awaitEnd(timeouts.silence())) {
      if (!place.executorId().equals(Executors.DRIVER)) {
        replace(place);
      }
    }
  }

  /** Waits a little for the ranks of a run that is over, so that nothing of it goes on. */
  void settleBriefly() {
    boolean interrupted = Thread.interrupted();
    try {
      awaitEnd(BRIEFLY.compareTo(timeouts.silence()) < 0 ? BRIEFLY : timeouts.silence());
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Gives the ranks that still run after {@code limit}, or that are all silent before. */
  private List<RankPlace> awaitEnd(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      List<RankPlace> running = ranks.running(aliveExecutors());
      if (System.nanoTime() > deadline || running.stream().allMatch(this::isSilent)) {
        return running;
      }
      Thread.sleep(SETTLE_POLL.toMillis());
    }
  }

  private ScheduledExecutorService watch() {
    ScheduledExecutorService watchdog = Ticks.thread("arclight-watchdog-" + tag);
    long millis = Math.min(TICK.toMillis(), timeouts.heartbeat().toMillis());
    Ticks.every(watchdog, millis, () -> tick(Duration.ofMillis(millis)));
    return watchdog;
  }

  private void tick(Duration period) {
    Duration late = Duration.ofNanos(System.nanoTime() - lastTick).minus(period);
    lastTick = System.nanoTime();
    if (late.compareTo(period) > 0) {
      ranks.pause(late);
    }

    ranks
        .silent(timeouts.silence())
        .ifPresent(place -> giveUp(ranks.silence(place, timeouts.silence())));
    if (ranks.rendezvousTakesLonger(timeouts.rendezvous())) {
      giveUp("The ranks did not find each other within " + timeouts.rendezvous());
    }
  }

  private void giveUp(String reason) {
    if (lost.compareAndSet(null, new RankLostException(reason))) {
      LOG.warn("{}; the job is cancelled", reason);
      cancel();
    }
  }

  private RuntimeException explain(Throwable failure, String runId) throws InfrastructureFailure {
    if (failure instanceof InterruptedException) {
      cancel();
      Thread.currentThread().interrupt();
      return new RunCancelledException(
          "Run %s was cancelled: its thread was interrupted".formatted(runId), failure);
    }

    if (failure instanceof RunCancelledException already) {
      return already;
    }

    if (cancellation.isCancelled()) {
      return new RunCancelledException(
          "Run %s was cancelled by its caller".formatted(runId), failure);
    }

    if (context.isStopped() || Shutdown.begun()) {
      return new RunCancelledException(
          "Run %s ended with its Spark context".formatted(runId), failure);
    }

    if (lost.get() != null) {
      throw new InfrastructureFailure(lost.get());
    }

    String message = String.valueOf(failure.getMessage());
    if (JobFailure.CANCELLED.in(message)) {
      return new RunCancelledException(
          "Run %s was cancelled by a user of Spark: %s".formatted(runId, message), failure);
    }

    Optional<RankError> root = ranks.rootError();
    if (root.isPresent() && root.get().kind() == RankError.Kind.USER) {
      return root.get().toException(runId);
    }

    if (root.isEmpty() && JobFailure.of(failure).isPresent()) {
      return new LaunchException(
          "Run %s cannot start: %s%s"
              .formatted(runId, JobFailure.of(failure).get().advice, message),
          failure);
    }
    throw new InfrastructureFailure(
        root.filter(error -> error.kind() == RankError.Kind.INFRASTRUCTURE)
            .<Throwable>map(error -> error.toException(runId))
            .orElse(failure));
  }

  private boolean isSilent(RankPlace place) {
    return ranks.isSilent(place.rank(), timeouts.silence());
  }

  private void replace(RankPlace place) {
    LOG.warn(
        "Executor {} ({}) of rank {} {} and is replaced",
        place.executorId(),
        place.address(),
        place.rank(),
        isSilent(place) ? "does not answer" : "does not leave its task");
    Executors.replace(context, place.executorId());
  }

  private Set<String> aliveExecutors() {
    return Executors.alive(context).stream().map(Executor::id).collect(Collectors.toSet());
  }
}
