package io.arclight.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.export.Program;
import io.arclight.models.Mlp;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.optim.Adam;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.spark.launch.RankPlace;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunStart;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From rows to predictions in SQL, with ranks in processes of their own. */
@Timeout(180)
class EndToEndTest {
  private static final Logger LOG = LoggerFactory.getLogger(EndToEndTest.class);

  private static Cluster cluster;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    cluster = Cluster.startForTests(2, 512, Map.of());
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void digitsAreLearnedSavedAndPredictedInSql() {
    List<RunStart> starts = new CopyOnWriteArrayList<>();
    RunListener places =
        new RunListener() {
          @Override
          public void started(RunStart start) {
            starts.add(start);
          }
        };
    try (TrainedModel model =
        trainer().epochs(4).listener(places).fit(cluster.digits("train", 2000))) {
      assertThat(starts).hasSize(1);
      assertThat(starts.get(0).ranks())
          .extracting(RankPlace::pid)
          .hasSize(2)
          .doesNotHaveDuplicates()
          .doesNotContain(ProcessHandle.current().pid());
      assertThat(model.history()).hasSize(4).allMatch(epoch -> epoch.rows() == 2000);
      assertThat(model.history().get(3).loss()).isLessThan(model.history().get(0).loss());

      String path = folder.resolve("model").toString();
      model.save(path);
      assertThat(accuracyInSql(model.program(), path, cluster.digits("test", 500)))
          .isGreaterThan(0.8);
    }
  }

  @Test
  void handwrittenDigitsAreLearned() {
    Optional<Path> mnist = SharedData.folder("mnist");
    if (mnist.isEmpty()) {
      LOG.warn("no folder shared/data/mnist here or above: training on MNIST is skipped");
      return;
    }
    try (TrainedModel model = trainer().epochs(3).fit(mnist(mnist.get(), "train").limit(4000))) {
      String path = folder.resolve("model").toString();
      model.save(path);
      assertThat(accuracyInSql(model.program(), path, mnist(mnist.get(), "test").limit(500)))
          .isGreaterThan(0.8);
    }
  }

  private static Dataset<Row> mnist(Path data, String split) {
    return cluster.spark().read().format("mnist").option("split", split).load(data.toString());
  }

  private static SparkTrainer<Mlp> trainer() {
    return SparkTrainer.of(() -> new Mlp(784, 64, 10))
        .loss(new CrossEntropyLoss())
        .optimizer(parameters -> new Adam(parameters, 2e-3))
        .features("pixels", Shape.of(784))
        .label("label")
        .globalBatchSize(64)
        .workers(2)
        .quiet();
  }

  /** Share of the rows whose label SQL predicts, after comparing it with the program here. */
  private static double accuracyInSql(Program program, String path, Dataset<Row> data) {
    data.createOrReplaceTempView("images");
    List<Row> rows =
        cluster
            .spark()
            .sql(
                "SELECT label, pixels, predict('%1$s', pixels), predict_raw('%1$s', pixels)"
                        .formatted(path)
                    + " FROM images")
            .collectAsList();
    int right = 0;
    try (Scope scope = Scope.open()) {
      Tensor outputs = program.run(Map.of("pixels", pixels(rows))).get(Program.OUTPUT);
      float[] expected = outputs.toFloats();
      long[] classes = outputs.argmax(1).toLongs();
      int width = expected.length / rows.size();
      for (int i = 0; i < rows.size(); i++) {
        List<Float> raw = rows.get(i).getList(3);
        for (int j = 0; j < width; j++) {
          float value = expected[i * width + j];
          // Other batches are multiplied in other pieces: large outputs differ by roundings.
          assertThat(raw.get(j)).isCloseTo(value, within(1e-6f * Math.max(1, Math.abs(value))));
        }
        int predicted = rows.get(i).getInt(2);
        assertThat(predicted)
            .isEqualTo(program.signature().labels().values().get((int) classes[i]));
        right += predicted == rows.get(i).getInt(0) ? 1 : 0;
      }
    }
    return (double) right / rows.size();
  }

  private static Tensor pixels(List<Row> rows) {
    int width = rows.get(0).getList(1).size();
    float[] all = new float[rows.size() * width];
    for (int i = 0; i < rows.size(); i++) {
      List<Float> row = rows.get(i).getList(1);
      for (int j = 0; j < width; j++) {
        all[i * width + j] = row.get(j);
      }
    }
    return Tensor.of(all, Shape.of(rows.size(), width));
  }
}
