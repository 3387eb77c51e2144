package io.arclight.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Linear;
import io.arclight.optim.SGD;
import io.arclight.spark.feed.ChangedInputException;
import io.arclight.spark.feed.ExactResume;
import io.arclight.spark.feed.FeedException;
import io.arclight.spark.launch.Placement;
import io.arclight.spark.launch.RunSettings;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What resuming demands of the input. */
@Timeout(120)
class ResumeInputTest {
  private static final int IMAGES = 200;
  private static final AtomicInteger FORWARDS = new AtomicInteger();
  private static SparkSession spark;

  @TempDir Path folder;
  @TempDir Path data;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private SparkTrainer<Linear> trainer(String feature, int inputs, int outputs) {
    return configured(SparkTrainer.of(() -> Linear.of(inputs, outputs)), feature);
  }

  private SparkTrainer<Linear> configured(SparkTrainer<Linear> trainer, String feature) {
    return trainer
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new SGD(p, 1e-2))
        .features(feature)
        .label("label")
        .globalBatchSize(16)
        .workers(2)
        .quiet()
        .settings(RunSettings.defaults().with(new Placement(2, Duration.ofSeconds(20))))
        .checkpoint(folder.toString())
        .checkpointEvery(3);
  }

  private void writeImages(int images) throws IOException {
    try (var out = stream("train-images-idx3-ubyte", 0x803, images)) {
      out.writeInt(2);
      out.writeInt(2);
      out.write(new byte[4 * images]);
    }
    try (var out = stream("train-labels-idx1-ubyte", 0x801, images)) {
      for (int i = 0; i < images; i++) {
        out.write(i % 2);
      }
    }
  }

  private DataOutputStream stream(String name, int magic, int items) throws IOException {
    var out = new DataOutputStream(Files.newOutputStream(data.resolve(name)));
    out.writeInt(magic);
    out.writeInt(items);
    return out;
  }

  private Dataset<Row> images() {
    return spark.read().format("mnist").option("numPartitions", 5).load(data.toString());
  }

  @Test
  void theSameFilesGoOnAndChangedOnesAreNamed() throws IOException {
    writeImages(IMAGES);
    Path labels = data.resolve("train-labels-idx1-ubyte");
    FileTime written = FileTime.fromMillis(1_700_000_000_000L);
    Files.setLastModifiedTime(labels, written);
    trainer("pixels", 4, 2).epochs(1).fit(images());
    SparkTrainer<Linear> resumed = trainer("pixels", 4, 2).epochs(2).resume();
    assertThat(resumed.fit(images()).history()).hasSize(2);

    Files.setLastModifiedTime(labels, FileTime.fromMillis(1_700_000_001_000L));
    assertThatThrownBy(() -> resumed.epochs(3).fit(images()))
        .isInstanceOf(ChangedInputException.class)
        .hasMessageContaining("train-labels-idx1-ubyte was written again")
        .hasMessageNotContaining("train-images");

    writeImages(IMAGES + 1);
    Files.setLastModifiedTime(labels, written);
    assertThatThrownBy(() -> resumed.fit(images()))
        .isInstanceOfSatisfying(
            ChangedInputException.class, e -> assertThat(e.changes()).hasSize(2))
        .hasMessageContaining("train-labels-idx1-ubyte has 209 bytes, had 208");
  }

  @Test
  void anotherOrderOfSamplesIsRefused() {
    Dataset<Row> digits = digits(0, 4);
    SparkTrainer<Linear> trainer = trainer("pixels", 784, 10);
    trainer.fit(digits);
    trainer.resume().epochs(2);
    assertThatThrownBy(() -> trainer.fit(digits(1, 4)))
        .isInstanceOf(ChangedInputException.class)
        .hasMessageContaining("seed=0,drawing=1 is missing")
        .hasMessageContaining("seed=1,drawing=1 is new");
    assertThatThrownBy(() -> trainer.fit(digits(0, 7)))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("cut into 7 splits that are not the 4 of the run to resume");
    assertThatThrownBy(() -> trainer.seed(7).fit(digits))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("had seed 42, shuffle WINDOW, window 1024 and 16 lanes")
        .hasMessageContaining("this one has seed 7");
    assertThat(trainer.seed(42).globalBatchSize(64).fit(digits).history()).hasSize(2);
  }

  private static Dataset<Row> digits(int seed, int partitions) {
    return spark
        .read()
        .format("digits")
        .option("rows", 256)
        .option("seed", seed)
        .option("numPartitions", partitions)
        .load();
  }

  @Test
  void inputThatVariesTrainsUnlessExactResumeIsRequired() {
    assertThatThrownBy(() -> trainer("x", 1, 2).exactResume(ExactResume.REQUIRED).fit(varying(500)))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("because of Repartition; write the data to a table");
    assertThat(trainer("x", 1, 2).fit(varying(500)).history().get(0).rows()).isEqualTo(500);
  }

  /** A run that stopped in the middle of an epoch which has fewer rows the next time. */
  @Test
  void inputThatGotShorterGoesOnInexactly() {
    FORWARDS.set(100);
    assertThatThrownBy(() -> failing().fit(varying(3000))).hasMessageContaining("stop here");
    FORWARDS.set(Integer.MAX_VALUE);
    List<EpochMetrics> history = failing().resume().epochs(2).fit(varying(300)).history();
    assertThat(history).hasSize(2);
    assertThat(history.get(0).rows()).isBetween(600L, 900L);
    assertThat(history.get(1).rows()).isEqualTo(300);
  }

  private SparkTrainer<Linear> failing() {
    return configured(
            SparkTrainer.of(
                () -> Linear.of(1, 2),
                (model, batch) -> {
                  if (FORWARDS.decrementAndGet() < 0) {
                    throw new IllegalStateException("stop here");
                  }
                  return model.call(batch.get("x"));
                }),
            "x")
        .shuffleWindow(16);
  }

  private static Dataset<Row> varying(int rows) {
    return spark
        .range(0, rows, 1, 5)
        .selectExpr("float(id % 7) AS x", "id % 2 AS label")
        .repartition(4);
  }
}
