package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.tensor.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalLaunchTest {
  private static final AtomicInteger STARTS = new AtomicInteger();
  private static final Map<String, String> NONE = Map.of();

  private static SparkSession spark;
  private static SparkContext context;

  @TempDir Path folder;

  @BeforeAll
  static void startSpark() {
    spark =
        SparkSession.builder()
            .master("local[3]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    context = spark.sparkContext();
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @Test
  void ranksReduceOverTheirFeeds() {
    Events events = new Events();
    RunResult<Double> result =
        BarrierLauncher.of(context, settings(), events)
            .run(
                feed(3),
                (rank, numbers) -> {
                  rank.report(new StepReport(0, 1, 7, 10, 30, Map.of("loss", 0.5)));
                  return Numbers.allReduce(rank.communicator(), sum(numbers), 1000);
                });

    assertThat(result.ranks()).containsExactly(45.0, 45.0, 45.0);
    assertThat(result.restarts()).isZero();
    assertThat(events.starts).hasSize(1);
    assertThat(events.starts.get(0).ranks()).extracting(RankPlace::rank).containsExactly(0, 1, 2);
    assertThat(events.reports).extracting(StepReport::step).containsExactly(7L);
    assertThat(events.endings).hasValue(1);
  }

  /** Also those that a rank has just before its end, and each once. */
  @Test
  void warningsOfAllRanksReachTheListeners() {
    Events events = new Events();
    BarrierLauncher.of(context, settings(), events)
        .run(
            feed(3),
            (rank, numbers) -> {
              rank.warn("the disk is slow");
              rank.warn("rank %d has old data".formatted(rank.rank()));
              rank.warn("the disk is slow");
              return Numbers.allReduce(rank.communicator(), sum(numbers), 1000);
            });

    assertThat(events.warnings)
        .containsExactlyInAnyOrder(
            "the disk is slow",
            "rank 0 has old data",
            "rank 1 has old data",
            "rank 2 has old data");
  }

  @Test
  void anErrorOfTheUserKeepsItsTypeAndIsNotRestarted() {
    Events events = new Events();
    RankFunction<Integer, Double> function =
        (rank, numbers) -> {
          if (rank.rank() == 1) {
            throw new DataException("row 17: label 12 is out of range");
          }
          return Numbers.allReduce(rank.communicator(), 1, 1);
        };

    Throwable thrown =
        catchThrowable(
            () -> BarrierLauncher.of(context, settings(), events).run(feed(3), function));

    assertThat(thrown).isInstanceOf(DataException.class).hasMessageContaining("row 17");
    assertThat(thrown.getSuppressed())
        .singleElement()
        .isInstanceOfSatisfying(
            RankFailedException.class, place -> assertThat(place.rank()).isEqualTo(1));
    assertThat(events.restarts).isEmpty();
  }

  @Test
  void aCheckedErrorOfTheUserIsTheCause() {
    assertThatThrownBy(
            () ->
                BarrierLauncher.of(context, settings())
                    .run(
                        feed(2),
                        (rank, numbers) -> {
                          throw new ClassNotFoundException("no such model");
                        }))
        .isInstanceOf(RankFailedException.class)
        .hasMessageContaining("java.lang.ClassNotFoundException: no such model")
        .hasCauseInstanceOf(ClassNotFoundException.class);
  }

  @Test
  void infrastructureErrorsRestartFromTheSnapshotOfTheDriver() {
    Events events = new Events();
    RunResult<Long> result =
        BarrierLauncher.of(context, settings(), events)
            .run(
                feed(3),
                (rank, numbers) -> {
                  long step = rank.checkpoints().restored().map(Checkpoint::step).orElse(0L);
                  for (; step < 6; step++) {
                    Numbers.allReduce(rank.communicator(), step, 1);
                    if (step == 4 && rank.restartEpoch() == 0 && rank.rank() == 2) {
                      throw new IOException("the disk is gone");
                    }
                    save(rank, step + 1);
                  }
                  return step;
                });

    assertThat(result.ranks()).containsExactly(6L, 6L, 6L);
    assertThat(result.restarts()).isOne();
    assertThat(events.restarts)
        .singleElement()
        .satisfies(cause -> assertThat(cause).hasMessageContaining("the disk is gone"));
    assertThat(events.starts).extracting(RunStart::restartEpoch).containsExactly(0, 1);
    assertThat(result.checkpoint().orElseThrow().step()).isEqualTo(6);
  }

  /** A restart waits for every rank to leave; who is missed would hold it for the whole silence. */
  @Test
  void aRankInterruptedWhileItLeavesIsNotMissed() {
    RunResult<Integer> result =
        BarrierLauncher.of(context, settings())
            .run(
                feed(2),
                (rank, numbers) -> {
                  if (rank.restartEpoch() == 0 && rank.rank() == 0) {
                    Thread leaving = Thread.currentThread();
                    new Thread(() -> interruptInClose(leaving)).start();
                    throw new IOException("the disk is gone");
                  }
                  Numbers.allReduce(rank.communicator(), 1, 1);
                  return rank.restartEpoch();
                });
    assertThat(result.ranks()).containsExactly(1, 1);
  }

  @Test
  void aRankThatSwallowsAnInterruptIsInterruptedAgain() {
    RunResult<Integer> result =
        BarrierLauncher.of(context, settings())
            .run(
                feed(2),
                (rank, numbers) -> {
                  if (rank.restartEpoch() == 0 && rank.rank() == 0) {
                    Numbers.allReduce(rank.communicator(), 1, 1);
                    throw new IOException("the disk is gone");
                  }
                  if (rank.restartEpoch() == 0) {
                    Numbers.allReduce(rank.communicator(), 1, 1);
                    swallowAnInterrupt();
                    Thread.sleep(100_000);
                  }
                  return rank.restartEpoch();
                });
    assertThat(result.ranks()).containsExactly(1, 1);
  }

  @Test
  void restartsEndWithoutProgress() {
    RestartPolicy twice = new RestartPolicy(2, Duration.ofMillis(10));
    STARTS.set(0);
    assertThatThrownBy(
            () ->
                BarrierLauncher.of(context, settings().with(twice))
                    .run(
                        feed(1),
                        (rank, numbers) -> {
                          STARTS.incrementAndGet();
                          throw new IOException("the disk is gone");
                        }))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("failed 3 times without a new checkpoint")
        .hasMessageContaining("the disk is gone");
    assertThat(STARTS).hasValue(3);
  }

  @Test
  void aSnapshotOverTheLimitDoesNotEndTheRun() {
    CheckpointPolicy small =
        new CheckpointPolicy(java.util.Optional.empty(), 1, Resume.NEVER, 1000);
    RunResult<Integer> result =
        BarrierLauncher.of(context, settings().with(small))
            .run(
                feed(2),
                (rank, numbers) -> {
                  rank.checkpoints()
                      .part(1)
                      .put("model", out -> out.write(new byte[2000]))
                      .commit(CheckpointKind.PERIODIC, NONE);
                  return rank.rank();
                });

    assertThat(result.ranks()).containsExactly(0, 1);
    assertThat(result.checkpoint()).isEmpty();
  }

  @Test
  void anotherRunResumesOnlyWhenAsked() {
    LocalBlobStore store = LocalBlobStore.at(folder);
    RankFunction<Integer, Long> function =
        (rank, numbers) -> {
          long step = rank.checkpoints().restored().map(Checkpoint::step).orElse(0L) + 5;
          save(rank, step);
          return step;
        };
    RunSettings fresh = settings().with(CheckpointPolicy.in(store, Resume.NEVER));
    RunSettings resumed = settings().with(CheckpointPolicy.in(store, Resume.LATEST));

    assertThat(BarrierLauncher.of(context, fresh).run(feed(2), function).ranks()).containsOnly(5L);
    assertThatThrownBy(() -> BarrierLauncher.of(context, fresh).run(feed(2), function))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("has checkpoints of an earlier run");
    assertThat(BarrierLauncher.of(context, resumed).run(feed(3), function).ranks())
        .containsOnly(10L);
  }

  @Test
  void tooFewSlotsFailFastAndSayHowMany() {
    long start = System.nanoTime();
    assertThatThrownBy(
            () -> BarrierLauncher.of(context, settings()).run(feed(4), (rank, numbers) -> 0))
        .isInstanceOf(SlotsException.class)
        .hasMessageContaining("4 ranks need 4 slots, but master local[3] has 3")
        .hasMessageContaining("--master local[4]");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void aCaptureThatCannotBeSentIsNamedBeforeTheLaunch() {
    CountDownLatch latch = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                BarrierLauncher.of(context, settings())
                    .run(feed(2), (rank, numbers) -> latch.getCount()))
        .isInstanceOf(NotShippableException.class)
        .hasMessageContaining("java.util.concurrent.CountDownLatch is not serialisable");
  }

  @Test
  void cancelledByItsCallerFromAnotherThread() throws Exception {
    Events events = new Events();
    BarrierLauncher launcher = BarrierLauncher.of(context, settings(), events);
    inBackground(
        () -> launcher.run(feed(3), LocalLaunchTest::forever),
        events,
        launcher::cancel,
        "was cancelled by its caller");
  }

  @Test
  void cancelledWithTheJobGroupOfTheCaller() throws Exception {
    Events events = new Events();
    BarrierLauncher launcher = BarrierLauncher.of(context, settings(), events);
    inBackground(
        () -> {
          context.setJobGroup("nightly", "a group of the caller", false);
          launcher.run(feed(3), LocalLaunchTest::forever);
        },
        events,
        () -> context.cancelJobGroup("nightly"),
        "was cancelled by a user of Spark");
  }

  @Test
  void cancelledByAnInterruptOfItsThread() throws Exception {
    Events events = new Events();
    BarrierLauncher launcher = BarrierLauncher.of(context, settings(), events);
    Thread[] runner = new Thread[1];
    inBackground(
        () -> {
          runner[0] = Thread.currentThread();
          launcher.run(feed(3), LocalLaunchTest::forever);
        },
        events,
        () -> runner[0].interrupt(),
        "its thread was interrupted");
  }

  @Test
  void stopAsksTheRanks() throws Exception {
    Events events = new Events();
    BarrierLauncher launcher = BarrierLauncher.of(context, settings(), events);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<RunResult<Boolean>> run =
          thread.submit(
              () ->
                  launcher.run(
                      feed(2),
                      (rank, numbers) -> {
                        while (!rank.stopRequested()) {
                          Thread.sleep(10);
                        }
                        return true;
                      }));
      assertThat(events.firstStart.await(30, TimeUnit.SECONDS)).isTrue();
      launcher.stop();
      assertThat(run.get(30, TimeUnit.SECONDS).ranks()).containsExactly(true, true);
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void propertiesOfTheCallerStay() {
    context.setLocalProperty("spark.scheduler.pool", "fair");
    context.addJobTag("caller");
    BarrierLauncher.of(context, settings()).run(feed(1), (rank, numbers) -> 0);

    assertThat(context.getLocalProperty("spark.scheduler.pool")).isEqualTo("fair");
    assertThat(context.getLocalProperty("spark.job.interruptOnCancel")).isNull();
    assertThat(context.getLocalProperty("spark.job.tags")).isEqualTo("caller");
    context.clearJobTags();
    context.setLocalProperty("spark.scheduler.pool", null);
  }

  private static void inBackground(Runnable run, Events events, Runnable cancel, String message)
      throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> running = thread.submit(run);
      assertThat(events.firstReport.await(30, TimeUnit.SECONDS)).isTrue();
      cancel.run();
      assertThatThrownBy(() -> running.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RunCancelledException.class)
          .hasMessageContaining(message);
      assertThat(events.restarts).isEmpty();
    } finally {
      thread.shutdownNow();
    }
    for (int i = 0; context.statusTracker().getActiveJobIds().length > 0 && i < 100; i++) {
      Thread.sleep(50);
    }
    assertThat(context.statusTracker().getActiveJobIds()).isEmpty();
  }

  private static Object forever(RankContext rank, Iterator<Integer> numbers) {
    long step = 0;
    while (true) {
      Numbers.allReduce(rank.communicator(), 1, 1);
      rank.report(new StepReport(0, 1, step++, 0, step, Map.of()));
    }
  }

  private static void interruptInClose(Thread rank) {
    boolean closing = false;
    while (!closing || closes(rank)) {
      if (closes(rank)) {
        closing = true;
        rank.interrupt();
      }
    }
  }

  private static boolean closes(Thread rank) {
    return Arrays.stream(rank.getStackTrace())
        .anyMatch(
            frame ->
                frame.getClassName().equals(RankAgent.class.getName())
                    && frame.getMethodName().equals("close"));
  }

  private static void swallowAnInterrupt() {
    try {
      Thread.sleep(100_000);
    } catch (InterruptedException swallowed) {
      STARTS.incrementAndGet();
    }
  }

  private static void save(RankContext rank, long step) throws IOException {
    rank.checkpoints()
        .part(step)
        .put("state", out -> out.write((int) step))
        .commit(CheckpointKind.PERIODIC, NONE);
  }

  private static int sum(Iterator<Integer> numbers) {
    int sum = 0;
    while (numbers.hasNext()) {
      sum += numbers.next();
    }
    return sum;
  }

  private static RunSettings settings() {
    return RunSettings.defaults().with(new RestartPolicy(3, Duration.ofMillis(10)));
  }

  private static RDD<Integer> feed(int world) {
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, 10).boxed().toList());
    return new JavaSparkContext(context).parallelize(numbers, world).rdd();
  }
}
