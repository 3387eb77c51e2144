package io.arclight.datasource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DigitsSourceTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 200})
  void rowsDoNotDependOnPartitions(int partitions) {
    Map<String, String> options = Map.of("rows", "1500", "seed", "3", "pixels", "binary");
    Dataset<Row> digits = digits(options);
    Dataset<Row> split =
        LocalSpark.session()
            .read()
            .format("digits")
            .options(options)
            .option("numPartitions", partitions)
            .load();

    assertThat(split.javaRDD().getNumPartitions()).isEqualTo(partitions);
    assertThat(bytes(split)).isEqualTo(bytes(digits));
    assertThat(split.select("label").collectAsList())
        .isEqualTo(digits.select("label").collectAsList());
  }

  @Test
  void theseRowsAreDrawnOnEveryMachine() {
    Row first =
        digits(Map.of("rows", "1", "seed", "7")).selectExpr("label", "hash(pixels)").first();
    assertThat(first.toString()).isEqualTo("[6,-987082969]");
  }

  @Test
  void seedsAndSplitsAreDisjoint() {
    Set<ByteBuffer> all = new HashSet<>();
    for (String seed : List.of("0", "1")) {
      for (String split : List.of("train", "test")) {
        all.addAll(
            bytes(digits(Map.of("rows", "300", "seed", seed, "split", split, "pixels", "binary"))));
      }
    }
    assertThat(all).hasSize(1200);
  }

  @Test
  void theTenClassesAreEquallyFrequent() {
    List<Row> counts =
        digits(Map.of("rows", "20000")).groupBy("label").count().orderBy("label").collectAsList();
    assertThat(counts).hasSize(10);
    assertThat(counts).allSatisfy(row -> assertThat(row.getLong(1)).isBetween(1800L, 2200L));
  }

  @Test
  void nearestClassMeanIsFarFromChanceAndFromPerfect() {
    float[][] means = new float[10][784];
    for (Row row : digits(Map.of("rows", "4000")).collectAsList()) {
      List<Float> pixels = row.getList(0);
      for (int i = 0; i < 784; i++) {
        means[row.getInt(1)][i] += pixels.get(i) / 400;
      }
    }

    List<Row> test = digits(Map.of("rows", "1000", "split", "test")).collectAsList();
    long right = test.stream().filter(row -> nearest(means, row) == row.getInt(1)).count();

    assertThat(right / 1000.0).isBetween(0.6, 0.9);
  }

  @Test
  void wrongOptionsAreNamed() {
    assertThatThrownBy(() -> digits(Map.of("rows", "0")))
        .isInstanceOf(DataSourceException.class)
        .hasMessageContaining("Option rows=0 is not an integer from 1");
    assertThatThrownBy(() -> digits(Map.of("split", "all")))
        .isInstanceOf(DataSourceException.class)
        .hasMessageContaining("Use train or test");
  }

  private static int nearest(float[][] means, Row row) {
    List<Float> pixels = row.getList(0);
    int best = 0;
    double least = Double.MAX_VALUE;
    for (int label = 0; label < 10; label++) {
      double distance = 0;
      for (int i = 0; i < 784; i++) {
        double gap = means[label][i] - pixels.get(i);
        distance += gap * gap;
      }
      if (distance < least) {
        least = distance;
        best = label;
      }
    }
    return best;
  }

  private static Dataset<Row> digits(Map<String, String> options) {
    return LocalSpark.session().read().format("digits").options(options).load();
  }

  private static List<ByteBuffer> bytes(Dataset<Row> digits) {
    return digits.select("pixels").collectAsList().stream()
        .map(row -> ByteBuffer.wrap(row.<byte[]>getAs(0)))
        .toList();
  }
}
