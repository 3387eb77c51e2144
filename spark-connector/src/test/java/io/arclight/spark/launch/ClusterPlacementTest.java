package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.distributed.Encryption;
import io.arclight.spark.internal.ProgressEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two executors of two cores, which Spark would fill one after the other. */
@Timeout(60)
class ClusterPlacementTest {
  private static SparkSession spark;
  private static SparkContext context;

  @BeforeAll
  static void startSpark() {
    spark =
        SparkSession.builder()
            .master("local-cluster[2,2,512]")
            .config("spark.executor.memory", "512m")
            .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.12")
            .config("spark.executorEnv.SPARK_SQL_TESTING", "1")
            .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
            .config("spark.authenticate", true)
            .config("spark.authenticate.secret", "for this test only")
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
  void everyExecutorHostsOneRankThoughOneIsFreeEarlier(@TempDir Path begun) throws Exception {
    Events events = new Events();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> busy = thread.submit(() -> occupyOneExecutorLonger(begun.toString()));
      for (int i = 0; i < 1000 && files(begun) < 4; i++) {
        Thread.sleep(20);
      }
      BarrierLauncher.of(context, RunSettings.defaults(), events)
          .run(feed(2), (rank, numbers) -> Numbers.allReduce(rank.communicator(), 1, 1));
      busy.get(20, TimeUnit.SECONDS);
    } finally {
      thread.shutdownNow();
    }

    assertThat(events.starts.get(0).ranks())
        .extracting(RankPlace::executorId)
        .doesNotHaveDuplicates();
  }

  @Test
  void executorsHostSeveralRanksWhenAllowed() {
    Events events = new Events();
    Placement two = new Placement(2, Duration.ofMinutes(1));
    RunResult<Double> result =
        BarrierLauncher.of(context, RunSettings.defaults().with(two), events)
            .run(feed(4), (rank, numbers) -> Numbers.allReduce(rank.communicator(), 1, 1));

    assertThat(result.ranks()).containsExactly(4.0, 4.0, 4.0, 4.0);
    Map<String, Long> counts =
        events.starts.get(0).ranks().stream()
            .collect(Collectors.groupingBy(RankPlace::executorId, Collectors.counting()));
    assertThat(counts.values()).containsExactly(2L, 2L);
  }

  @Test
  void moreRanksThanExecutorsFailThoughTheCoresWouldDo() {
    assertThatThrownBy(
            () ->
                BarrierLauncher.of(context, RunSettings.defaults())
                    .run(feed(3), (rank, numbers) -> 0))
        .isInstanceOf(SlotsException.class)
        .hasMessageContaining(
            "3 ranks need 3 executors, but the application has at most 2 with 1 rank each")
        .hasMessageContaining("or use 2 workers");
  }

  @Test
  void dynamicAllocationIsRefusedWithTheLineToSet() {
    context.conf().set("spark.dynamicAllocation.enabled", "true");
    try {
      assertThatThrownBy(
              () ->
                  BarrierLauncher.of(context, RunSettings.defaults())
                      .run(feed(2), (rank, numbers) -> 0))
          .isInstanceOf(SlotsException.class)
          .hasMessageContaining(
              "--conf spark.dynamicAllocation.enabled=false --conf spark.executor.instances=2");
    } finally {
      context.conf().remove("spark.dynamicAllocation.enabled");
    }
  }

  @Test
  void ranksEncryptWhereSparkDoes() {
    for (String setting :
        List.of(
            "spark.network.crypto.enabled",
            "spark.authenticate.enableSaslEncryption",
            "spark.io.encryption.enabled")) {
      SparkConf conf = new SparkConf(false).set(setting, "true");
      assertThat(Network.encryption(conf)).as(setting).isEqualTo(Encryption.AES_GCM);
      conf.set("spark.arclight.network.allowPlaintext", "true");
      assertThat(Network.encryption(conf)).as(setting).isEqualTo(Encryption.NONE);
    }
    assertThat(Network.encryption(new SparkConf(false))).isEqualTo(Encryption.NONE);
  }

  @Test
  void listenersOfSparkSeeTheProgress() throws InterruptedException {
    List<SparkListenerEvent> seen = new CopyOnWriteArrayList<>();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onOtherEvent(SparkListenerEvent event) {
            seen.add(event);
          }
        };
    context.addSparkListener(listener);
    long start = System.nanoTime();
    BarrierLauncher.of(context, RunSettings.defaults(), ProgressEvents.on(context))
        .run(
            feed(2),
            (rank, numbers) -> {
              for (int step = 1; step <= 100; step++) {
                rank.report(new StepReport(0, 1, step, 100, step, Map.of("loss", 1.0 / step)));
                Thread.sleep(15);
              }
              return 0;
            });
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    for (int i = 0; i < 100 && seen.stream().noneMatch(ProgressEvent.class::isInstance); i++) {
      Thread.sleep(100);
    }
    context.removeSparkListener(listener);

    List<ProgressEvent> progress =
        seen.stream()
            .filter(ProgressEvent.class::isInstance)
            .map(ProgressEvent.class::cast)
            .toList();
    assertThat(progress).hasSizeBetween(1, (int) seconds + 1);
    assertThat(progress.get(0).metrics()).containsOnlyKeys("loss");
  }

  /** Fills all cores; those of the executor with the even id are free two seconds earlier. */
  private static void occupyOneExecutorLonger(String begun) {
    new JavaSparkContext(context)
        .parallelize(List.of(1, 2, 3, 4), 4)
        .foreach(
            number -> {
              // Spark's own count of running tasks lags behind by as much as this takes.
              Files.createFile(Path.of(begun, String.valueOf(number)));
              boolean even = Integer.parseInt(SparkEnv.get().executorId()) % 2 == 0;
              Thread.sleep(even ? 3000 : 5000);
            });
  }

  private static int files(Path folder) {
    return folder.toFile().list().length;
  }

  private static RDD<Integer> feed(int world) {
    return new JavaSparkContext(context)
        .parallelize(IntStream.range(0, 12).boxed().toList(), world)
        .rdd();
  }
}
