package io.arclight.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Dropout;
import io.arclight.nn.Linear;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.optim.Adam;
import io.arclight.spark.launch.Placement;
import io.arclight.spark.launch.RunSettings;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class SparkTrainerTest {
  private static SparkSession spark;
  private static Dataset<Row> points;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[3]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .getOrCreate();
    points =
        spark
            .range(0, 1003, 1, 7)
            .selectExpr(
                "cast(sin(id) as float) x",
                "cast(cos(id * 7) as float) y",
                "case when sin(id) * cos(id * 7) > 0 then 'same' else 'other' end side");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static SparkTrainer<Sequential> trainer(int workers) {
    return SparkTrainer.of(
            () -> new Sequential(Linear.of(2, 32), new ReLU(), new Dropout(0.1), Linear.of(32, 2)))
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new Adam(p, 1e-2))
        .features(io.arclight.spark.feed.Features.columns("x", "y"))
        .label("side")
        .globalBatchSize(64)
        .epochs(6)
        .workers(workers)
        .settings(RunSettings.defaults().with(new Placement(3, Duration.ofSeconds(20))));
  }

  @Test
  void trainsSavesAndLoads(@TempDir Path folder) {
    TrainedModel model = trainer(2).epochs(15).validationFraction(0.2).fit(points);
    EpochMetrics last = model.history().get(14);
    assertThat(last.loss()).isLessThan(0.35);
    assertThat(last.validationAccuracy()).isGreaterThan(0.85);
    assertThat(model.program().signature().labels().values()).containsExactly("other", "same");
    String path = folder.resolve("model").toString();
    model.save(path);
    Tensor x = Tensor.of(new float[] {0.5f, 0.5f, -0.5f, 0.5f}, Shape.of(2, 2));
    Tensor expected = model.program().run(Map.of("features", x)).get("output");
    Tensor actual = TrainedModel.load(path).program().run(Map.of("features", x)).get("output");
    assertThat(actual.toFloats()).isEqualTo(expected.toFloats());
    assertThat(actual.argmax(1).toLongs()).containsExactly(1, 0);
  }

  @Test
  void workersDoNotChangeTheResult() {
    double[] losses = new double[3];
    for (int w = 1; w <= 3; w++) {
      TrainedModel model = trainer(w).epochs(2).fit(points);
      losses[w - 1] = model.history().get(1).loss();
      assertThat(model.history().get(0).rows()).isEqualTo(1003);
    }
    assertThat(losses[1]).isCloseTo(losses[0], org.assertj.core.data.Offset.offset(5e-6));
    assertThat(losses[2]).isCloseTo(losses[0], org.assertj.core.data.Offset.offset(5e-6));
  }
}
