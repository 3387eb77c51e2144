package io.arclight.it.showcase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.arclight.export.Program;
import io.arclight.export.Transform;
import io.arclight.it.Cluster;
import io.arclight.it.SharedData;
import io.arclight.spark.TrainedModel;
import io.arclight.tensor.PageExamples;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The showcases on parts of their data, for seconds each. */
@Timeout(300)
class ShowcaseTest {
  private static final Logger LOG = LoggerFactory.getLogger(ShowcaseTest.class);
  private static final int PIXELS = 28 * 28;

  private static Path data(String name) {
    Optional<Path> folder = SharedData.folder(name);
    if (folder.isEmpty()) {
      LOG.warn("no folder shared/data/{} here or above: its showcase is skipped", name);
    }
    assumeTrue(folder.isPresent());
    return folder.get();
  }

  @Test
  void thePageHasTheLinesThatTrain() throws IOException {
    Path source = Path.of("src/test/java", Mnist.class.getName().replace('.', '/') + ".java");
    assertThat(PageExamples.requireIn(Path.of("..", "docs", "training.md"), source)).isEqualTo(4);
  }

  @Test
  void spark(@TempDir Path folder) {
    Path mnist = data("mnist");
    Path houses = data("tabular").resolve("california-housing.csv");
    try (Cluster cluster = Cluster.startForTests(2, 512, Map.of())) {
      digits(cluster.spark(), mnist, folder.resolve("digits").toString());
      assertThat(Housing.run(cluster.spark(), houses, folder.resolve("houses"), 1, 2))
          .isGreaterThan(0.4);
    }
  }

  /** Images as bytes, scaled by the trainer; what SQL predicts is what the program gives here. */
  private static void digits(SparkSession spark, Path data, String saved) {
    Dataset<Row> train = bytes(spark, data, "train").limit(2000).repartition(4);
    try (TrainedModel model =
        Mnist.trainer(2000, 3).transform("pixels", Transform.scale(1 / 255.0, 0)).fit(train)) {
      model.save(saved);
      bytes(spark, data, "test").limit(500).createOrReplaceTempView("digits");
      List<Row> rows =
          spark
              .sql(
                  "SELECT label, pixels, predict('%1$s', pixels), predict_raw('%1$s', pixels)"
                          .formatted(saved)
                      + " FROM digits")
              .collectAsList();
      assertThat(same(model.program(), rows)).isGreaterThan(0.85);
    }
  }

  private static Dataset<Row> bytes(SparkSession spark, Path data, String split) {
    return spark
        .read()
        .format("mnist")
        .option("split", split)
        .option("pixels", "binary")
        .load(data.toString());
  }

  /** The share of right rows, after comparing them with the program in this process. */
  private static double same(Program program, List<Row> rows) {
    float[] pixels = new float[rows.size() * PIXELS];
    for (int i = 0; i < rows.size(); i++) {
      byte[] image = rows.get(i).getAs(1);
      for (int j = 0; j < PIXELS; j++) {
        pixels[i * PIXELS + j] = image[j] & 255;
      }
    }
    double right = 0;
    try (Scope scope = Scope.open()) {
      Tensor images = Tensor.of(pixels, Shape.of(rows.size(), 1, 28, 28));
      Tensor found = program.run(Map.of("pixels", images)).get(Program.OUTPUT);
      long[] classes = found.argmax(1).toLongs();
      float[] logits = found.toFloats();
      for (int i = 0; i < rows.size(); i++) {
        List<Float> raw = rows.get(i).getList(3);
        for (int j = 0; j < 10; j++) {
          assertThat(raw.get(j)).isCloseTo(logits[i * 10 + j], within(1e-4f));
        }
        assertThat(rows.get(i).getInt(2)).isEqualTo((int) classes[i]);
        right += classes[i] == rows.get(i).getInt(0) ? 1 : 0;
      }
    }
    return right / rows.size();
  }

  @Test
  void photographs() throws Exception {
    assertThat(Cifar.run(data("cifar10"), 8, 4, 800)).isGreaterThan(0.2);
  }

  @Test
  void speech() throws Exception {
    assertThat(Speech.run(data("speech-digits"), 10)).isGreaterThan(0.6);
  }

  @Test
  void passengers() {
    assertThat(Tables.titanic(data("tabular").resolve("titanic.csv"), 10, 1).overBest().mean())
        .isGreaterThan(0.005);
  }

  @Test
  void clicks() {
    assertThat(
            Tables.criteo(data("tabular").resolve("criteo-sample.csv"), 10, 1).overUsual().mean())
        .isGreaterThan(0.01);
  }

  @Test
  void names() throws Exception {
    assertThat(Names.run(data("text").resolve("names.txt"), 150)).isPositive();
  }

  @Test
  void drawing(@TempDir Path folder) throws Exception {
    Path png = folder.resolve("digits/grid.png");
    assertThat(Gan.run(data("mnist"), 4, 1280, png)).isBetween(0.0, 1.0);
    BufferedImage image = ImageIO.read(png.toFile());
    assertThat(image.getWidth()).isEqualTo(256);
    int[] greys = image.getRaster().getPixels(0, 0, 256, 256, (int[]) null);
    int range = Arrays.stream(greys).max().getAsInt() - Arrays.stream(greys).min().getAsInt();
    assertThat(range).isGreaterThan(40);
  }

  @Test
  void transfer() throws Exception {
    Path mnist = data("mnist");
    assertThat(Transfer.pretrained(mnist, 500)).isGreaterThan(0.8);
    assertThat(Transfer.gain(mnist, 500)).isPositive();
  }
}
