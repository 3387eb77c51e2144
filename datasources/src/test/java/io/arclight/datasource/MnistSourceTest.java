package io.arclight.datasource;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MnistSourceTest {
  private static final int ROWS = 2500;
  private static final Path MNIST = Path.of("..", "..", "shared", "data", "mnist");

  @TempDir Path folder;
  private SparkSession spark;

  @BeforeEach
  void start() {
    spark = LocalSpark.session();
  }

  @ParameterizedTest
  @CsvSource({"false,1", "true,1", "false,7", "true,7", "false,200", "true,3000"})
  void readsEveryRowInOrderInAnyNumberOfPartitions(boolean gzip, int partitions)
      throws IOException {
    write("train", ROWS, gzip);

    Dataset<Row> images = load(Map.of("numPartitions", "" + partitions));

    assertThat(images.schema().simpleString()).isEqualTo("struct<pixels:array<float>,label:int>");
    assertThat(images.javaRDD().getNumPartitions()).isEqualTo(partitions);
    List<Row> rows = images.collectAsList();
    assertThat(rows).hasSize(ROWS);
    for (int row = 0; row < ROWS; row++) {
      assertThat(rows.get(row).getInt(1)).isEqualTo(IdxWriter.label(row));
      assertThat(rows.get(row).<Float>getList(0)).isEqualTo(expectedPixels(row, 1.0 / 255));
    }
  }

  @Test
  void readsThePairsOfTheChosenSplit() throws IOException {
    write("train", 30, true);
    write("t10k", 20, false);
    write("train", 30, false);

    assertThat(load(Map.of()).count()).isEqualTo(30);
    assertThat(load(Map.of("split", "test")).count()).isEqualTo(20);
    List<Row> all = load(Map.of("split", "ALL", "numPartitions", "3")).collectAsList();
    assertThat(all).hasSize(50);
    assertThat(all.get(20).getInt(1)).as("t10k sorts before train").isEqualTo(0);
    assertThat(all.get(21).<Float>getList(0)).isEqualTo(expectedPixels(1, 1.0 / 255));
  }

  @Test
  void readsFilesGlobsAndSeveralPaths() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    write("train", 30, false);
    IdxWriter.gzippedPair(other, "emnist-digits-test", 5);

    String train = folder.resolve("train-images-idx3-ubyte").toString();
    String test = other.resolve("emnist-digits-test-images-idx3-ubyte.gz").toString();
    assertThat(spark.read().format("mnist").load(test).count()).isEqualTo(5);
    assertThat(spark.read().format("mnist").load(train, test).count()).isEqualTo(35);
    assertThat(spark.read().format("mnist").load(folder + "/*/emnist-*").count()).isEqualTo(5);
    assertThat(spark.read().format("mnist").load(folder.toUri() + "train-*").count()).isEqualTo(30);
  }

  @Test
  void pixelsAreScaledOrBinaryByOption() throws IOException {
    write("train", 1500, true);

    Row scaled = load(Map.of("scale", "0.5")).collectAsList().get(1234);
    Row binary = load(Map.of("pixels", "binary")).collectAsList().get(1234);

    assertThat(scaled.<Float>getList(0)).isEqualTo(expectedPixels(1234, 0.5));
    byte[] bytes = binary.getAs("pixels");
    for (int i = 0; i < IdxWriter.SIZE; i++) {
      assertThat(bytes[i]).isEqualTo(IdxWriter.pixel(1234, i));
    }
  }

  @Test
  void prunedColumnsAreNotRead() throws IOException {
    write("train", ROWS, false);
    Dataset<Row> images = load(Map.of("numPartitions", "3"));
    Files.delete(folder.resolve("train-images-idx3-ubyte"));

    assertThat(images.agg(functions.sum("label")).first().getLong(0)).isEqualTo(ROWS / 10 * 45);
    assertThat(images.select("label").columns()).containsExactly("label");
  }

  @Test
  void batchesAreColumnarAndLimitAndStatisticsReachTheScan() throws IOException {
    write("train", ROWS, false);
    Dataset<Row> images = load(Map.of("rowsPerPartition", "100"));

    assertThat(images.javaRDD().getNumPartitions()).isEqualTo(25);
    assertThat(images.queryExecution().executedPlan().toString())
        .contains("ColumnarToRow")
        .contains("rows: 2500");
    assertThat(images.limit(150).queryExecution().executedPlan().toString()).contains("rows: 150");
    assertThat(images.limit(150).count()).isEqualTo(150);
    assertThat(images.queryExecution().optimizedPlan().stats().rowCount().get().toLong())
        .isEqualTo(ROWS);
  }

  @Test
  void readsMnistItself() {
    if (!Files.isDirectory(MNIST)) {
      LoggerFactory.getLogger(getClass()).warn("Skipped: {} is absent", MNIST.toAbsolutePath());
      Assumptions.abort("no MNIST at " + MNIST);
    }

    Dataset<Row> train = spark.read().format("mnist").load(MNIST.toString());
    Dataset<Row> test = spark.read().format("mnist").option("split", "test").load(MNIST.toString());

    assertThat(train.limit(5).select("label").collectAsList().toString())
        .isEqualTo("[[5], [0], [4], [1], [9]]");
    assertThat(test.groupBy("label").count().orderBy("label").collectAsList().toString())
        .isEqualTo(
            "[[0,980], [1,1135], [2,1032], [3,1010], [4,982], [5,892], [6,958], [7,1028],"
                + " [8,974], [9,1009]]");
    double mean =
        train
            .selectExpr("avg(aggregate(pixels, 0D, (sum, p) -> sum + p) / 784)")
            .first()
            .getDouble(0);
    assertThat(mean).isBetween(0.1306, 0.1308);
  }

  private void write(String name, int rows, boolean gzip) throws IOException {
    if (gzip) {
      IdxWriter.gzippedPair(folder, name, rows);
    } else {
      IdxWriter.pair(folder, name, rows);
    }
  }

  private Dataset<Row> load(Map<String, String> options) {
    return spark.read().format("mnist").options(options).load(folder.toString());
  }

  private static List<Float> expectedPixels(int row, double scale) {
    Float[] pixels = new Float[IdxWriter.SIZE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) (Byte.toUnsignedInt(IdxWriter.pixel(row, i)) * scale);
    }
    return List.of(pixels);
  }
}
