package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Linear;
import io.arclight.optim.Adam;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.feed.Features;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing of a run goes on in this process once it is over, in local mode too. */
@Timeout(90)
class LeftThreadsTest {
  private static final Pattern OURS =
      Pattern.compile("arclight-(rank|ring|feed|accept|guest|dial|watchdog|arclight)-.*");
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Test
  void noneIsLeftAfterTheSessionStopsAmidTraining() throws Exception {
    end(SparkSession::stop, "ended with its Spark context");
  }

  @Test
  void noneIsLeftAfterItsJobGroupIsCancelled() throws Exception {
    end(spark -> spark.sparkContext().cancelJobGroup("training"), "cancelled");
  }

  private static void end(Consumer<SparkSession> blow, String message) throws Exception {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    Events events = new Events();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> run = thread.submit(() -> train(spark, events));
      assertThat(events.firstReport.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(ours()).isNotEmpty();
      blow.accept(spark);
      assertThatThrownBy(() -> run.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(RunCancelledException.class)
          .hasMessageContaining(message);
      long deadline = System.nanoTime() + LIMIT.toNanos();
      while (!ours().isEmpty() && System.nanoTime() < deadline) {
        Thread.sleep(50);
      }
      assertThat(ours()).isEmpty();
    } finally {
      thread.shutdownNow();
      spark.stop();
    }
  }

  private static void train(SparkSession spark, RunListener listener) {
    spark.sparkContext().setJobGroup("training", "a training without end", true);
    SparkTrainer.of(() -> Linear.of(2, 2))
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new Adam(p, 1e-3))
        .features(Features.columns("x", "y"))
        .label("side")
        .epochs(1_000_000)
        .globalBatchSize(16)
        .workers(2)
        .listener(listener)
        .quiet()
        .fit(
            spark
                .range(0, 1000, 1, 4)
                .selectExpr("cast(sin(id) as float) x", "cast(id as float) y", "id % 2 side"));
  }

  /** Threads by name, and tasks of Spark that run our code. */
  private static List<String> ours() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(
            e ->
                OURS.matcher(e.getKey().getName()).matches()
                    || Arrays.stream(e.getValue())
                        .anyMatch(frame -> frame.getClassName().endsWith("launch.RankTask")))
        .map(e -> e.getKey().getName())
        .toList();
  }
}
