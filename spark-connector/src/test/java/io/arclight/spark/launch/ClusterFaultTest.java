package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.spark.internal.Executors;
import io.arclight.spark.internal.Executors.Executor;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three executors in processes of their own, one of which dies or falls silent. A killed one is
 * noticed at once: no limit of silence or of the rendezvous could pass within the test. The other
 * two must live on.
 */
@Timeout(120)
class ClusterFaultTest {
  private static final int WORLD = 3;
  private static final int STEPS = 10;
  private static final int VICTIM = 1;
  private static final Timeouts WATCHFUL =
      new Timeouts(Duration.ofSeconds(60), Duration.ofMillis(500), 10, Duration.ofSeconds(60));
  private static final Set<Long> PROCESSES = new HashSet<>();

  private static SparkSession spark;
  private static SparkContext context;

  @TempDir Path folder;

  @BeforeAll
  static void startSpark() {
    spark =
        SparkSession.builder()
            .master("local-cluster[3,1,512]")
            .config("spark.executor.memory", "512m")
            .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.12")
            .config("spark.executorEnv.SPARK_SQL_TESTING", "1")
            .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .config(
                "spark.executor.extraJavaOptions",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto")
            .config("spark.deploy.maxExecutorRetries", -1)
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    context = spark.sparkContext();
  }

  @AfterAll
  static void stopSpark() throws InterruptedException {
    spark.stop();
    for (long pid : PROCESSES) {
      for (int i = 0; i < 100 && ProcessHandle.of(pid).isPresent(); i++) {
        Thread.sleep(100);
      }
      assertThat(ProcessHandle.of(pid)).as("executor " + pid).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void theRunEndsAsIfNothingHadHappened(Fault fault) throws IOException, InterruptedException {
    Set<String> before = awaitExecutors();
    Events events = new Events();
    RunSettings settings =
        RunSettings.defaults()
            .with(new RestartPolicy(3, Duration.ofMillis(100)))
            .with(fault.isSilent() ? WATCHFUL : Timeouts.defaults())
            .with(CheckpointPolicy.in(LocalBlobStore.at(folder.resolve("store")), Resume.NEVER));
    Path marker = folder.resolve("struck");

    RunResult<Double> result =
        BarrierLauncher.of(context, settings, events)
            .run(feed(fault, marker.toString()), new Training(fault, marker.toString()));
    events.starts.forEach(start -> start.ranks().forEach(rank -> PROCESSES.add(rank.pid())));

    assertThat(result.ranks()).containsExactly(330.0, 330.0, 330.0);
    // The causes, which the message shows, rather than their number.
    assertThat(events.restarts).hasSize(fault == Fault.NONE ? 0 : 1);
    assertThat(result.restarts()).isEqualTo(events.restarts.size());
    assertThat(result.checkpoint().orElseThrow().step()).isEqualTo(STEPS);
    assertThat(events.starts.get(0).ranks())
        .extracting(RankPlace::executorId)
        .doesNotHaveDuplicates();
    if (fault != Fault.NONE) {
      assertThat(marker).exists();
    }
    RunStart last = events.starts.get(events.starts.size() - 1);
    assertThat(last.ranks())
        .extracting(RankPlace::executorId)
        .filteredOn(before::contains)
        .as("executors of %s that live on", before)
        .hasSize(fault == Fault.NONE ? WORLD : WORLD - 1);
  }

  private static Set<String> awaitExecutors() throws InterruptedException {
    Set<String> alive = Set.of();
    for (int i = 0; i < 600 && alive.size() < WORLD; i++) {
      Thread.sleep(100);
      alive = Executors.alive(context).stream().map(Executor::id).collect(Collectors.toSet());
    }
    return alive;
  }

  @Test
  void moreRanksThanExecutorsFailFast() {
    RDD<Integer> feed = numbers(4);
    long start = System.nanoTime();
    assertThatThrownBy(
            () ->
                BarrierLauncher.of(context, RunSettings.defaults()).run(feed, (rank, numbers) -> 0))
        .isInstanceOf(SlotsException.class)
        .hasMessageContaining("4 ranks need 4 executors, but the application has at most 3");
    // It takes milliseconds; a loaded machine may need seconds to load the classes first.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  /** When the process of a rank is struck. */
  enum Fault {
    NONE,
    /** Killed while the others wait for it to come. */
    RENDEZVOUS,
    /** Killed when the others know where it is and try to connect. */
    CONNECT,
    /** Killed inside a large all-reduce. */
    COLLECTIVE,
    /** Killed when its part is written but not reported. */
    BEFORE_COMMIT,
    /** Stopped while the others wait to meet it: only the driver can notice. */
    SILENT_RENDEZVOUS,
    /** Stopped between two collectives: its sockets stay open. */
    SILENT_STEP;

    boolean isSilent() {
      return this == SILENT_RENDEZVOUS || this == SILENT_STEP;
    }

    void strike(Fault now, String marker) {
      try {
        if (this == now && !Files.exists(Path.of(marker))) {
          Files.createFile(Path.of(marker));
          if (!isSilent()) {
            Runtime.getRuntime().halt(137);
          }
          String self = String.valueOf(ProcessHandle.current().pid());
          new ProcessBuilder("kill", "-STOP", self).start().waitFor(10, TimeUnit.SECONDS);
        }
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Adds up what the ranks agree on, 6 x (1 + ... + steps), with a checkpoint every two steps. */
  private record Training(Fault fault, String marker)
      implements RankFunction<Integer, Double>, Serializable {

    /** Called on the executor after its rank began and before it meets the others. */
    private Object readResolve() {
      TaskContext task = TaskContext.get();
      if (task != null && task.partitionId() == VICTIM) {
        fault.strike(Fault.SILENT_RENDEZVOUS, marker);
        if (fault == Fault.CONNECT && !Files.exists(Path.of(marker))) {
          // Spark holds a rank for a second when they meet: who comes late is held longest.
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
          strikeSoon(Fault.CONNECT, 750);
        }
      }
      return this;
    }

    @Override
    public Double run(RankContext rank, java.util.Iterator<Integer> feed) throws Exception {
      double sum = 0;
      long first = 1;
      var restored = rank.checkpoints().restored();
      if (restored.isPresent()) {
        first = restored.get().step() + 1;
        CheckpointFile file = restored.get().file(0, "sum").orElseThrow();
        try (InputStream in = rank.checkpoints().open(file)) {
          sum = ByteBuffer.wrap(in.readAllBytes()).getDouble();
        }
      }

      for (long step = first; step <= STEPS; step++) {
        sum += step(rank, step);
        if (step % 2 == 0) {
          save(rank, step, sum);
        }
      }
      return sum;
    }

    private double step(RankContext rank, long step) {
      boolean critical = step == 5 && rank.restartEpoch() == 0;
      if (critical && rank.rank() == VICTIM) {
        fault.strike(Fault.SILENT_STEP, marker);
        if (fault == Fault.COLLECTIVE) {
          strikeSoon(Fault.COLLECTIVE, 200);
        }
      }
      boolean large = critical && fault == Fault.COLLECTIVE;
      double sum = 0;
      // Long enough that the kill falls into it.
      for (int i = 0; i < (large ? 1000 : 1); i++) {
        sum =
            Numbers.allReduce(
                rank.communicator(), (rank.rank() + 1.0) * step, large ? 1_000_000 : 10);
      }
      return sum;
    }

    private void strikeSoon(Fault now, long millis) {
      Thread killer =
          new Thread(
              () -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
                fault.strike(now, marker);
              });
      killer.start();
    }

    private void save(RankContext rank, long step, double sum) throws IOException {
      RankCheckpoints.Part part = rank.checkpoints().part(step);
      part.put("sum", out -> out.write(ByteBuffer.allocate(Double.BYTES).putDouble(sum).array()));
      if (rank.rank() == VICTIM && step == 6) {
        fault.strike(Fault.BEFORE_COMMIT, marker);
      }
      part.commit(CheckpointKind.PERIODIC, Map.of("step", String.valueOf(step)));
    }
  }

  /** A feed whose victim's partition dies before the rank begins. */
  private static RDD<Integer> feed(Fault fault, String marker) {
    return new JavaSparkContext(context)
        .parallelize(IntStream.range(0, WORLD).boxed().toList(), WORLD)
        .mapPartitionsWithIndex(
            (index, numbers) -> {
              if (index == VICTIM) {
                fault.strike(Fault.RENDEZVOUS, marker);
              }
              return numbers;
            },
            false)
        .rdd();
  }

  private static RDD<Integer> numbers(int world) {
    return new JavaSparkContext(context).parallelize(List.of(1, 2, 3, 4), world).rdd();
  }
}
