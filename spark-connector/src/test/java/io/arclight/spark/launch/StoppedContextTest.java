package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoppedContextTest {
  /** Spark leaves threads of tasks behind that do not end by themselves. */
  private static volatile boolean over;

  @Test
  void theRunEndsWithItsContext() throws Exception {
    SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
    RDD<Integer> feed =
        new JavaSparkContext(spark.sparkContext()).parallelize(List.of(1, 2), 2).rdd();
    Events events = new Events();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> run =
          thread.submit(
              () ->
                  BarrierLauncher.of(spark.sparkContext(), RunSettings.defaults(), events)
                      .run(feed, (rank, numbers) -> endless(rank)));
      assertThat(events.firstReport.await(30, TimeUnit.SECONDS)).isTrue();
      spark.stop();

      assertThatThrownBy(() -> run.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RunCancelledException.class)
          .hasMessageContaining("ended with its Spark context");
      assertThat(events.restarts).isEmpty();
    } finally {
      over = true;
      thread.shutdownNow();
      spark.stop();
    }
  }

  private static int endless(RankContext rank) {
    for (long step = 0; !over; step++) {
      Numbers.allReduce(rank.communicator(), 1, 1);
      rank.report(new StepReport(0, 1, step, 0, step, Map.of()));
    }
    return 0;
  }
}
