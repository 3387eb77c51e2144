package io.arclight.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.commons.io.FileUtils;
import org.apache.commons.lang3.ArrayUtils;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands as a user types them, in one session. */
@Timeout(180)
class MainTest {
  @TempDir static Path folder;
  private static SparkSession spark;
  private static String model;

  /** What a command printed and how it ended. */
  private record Outcome(int code, String text) {}

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    model = folder.resolve("model").toString();
    Outcome trained =
        run(
            "train",
            "--option",
            "rows=1500",
            "--epochs",
            "4",
            "--drop-last",
            "--batch-size",
            "64",
            "--lr",
            "3e-3",
            "--workers",
            "2",
            "--ranks-per-executor",
            "2",
            "--out",
            model);
    assertThat(trained.code).as(trained.text).isZero();
    assertThat(trained.text)
        .contains("model saved to " + model)
        .contains("confusion matrix")
        .contains("|label|prediction|");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static Outcome run(String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(text, true, StandardCharsets.UTF_8);
    try {
      System.setOut(both);
      System.setErr(both);
      return new Outcome(Main.run(args), text.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  @Test
  void evaluates() {
    Outcome done = run("evaluate", "--model", model, "--option", "rows=300");
    assertThat(done.code).as(done.text).isZero();
    assertThat(done.text).containsPattern("accuracy on 300 rows: 0\\.[89]");
  }

  @Test
  void predictsIntoFiles() {
    String out = folder.resolve("predicted").toString();
    Outcome done = run("predict", "--model", model, "--option", "rows=100", "--out", out);
    assertThat(done.code).as(done.text).isZero();
    assertThat(spark.read().parquet(out).columns())
        .containsExactly("pixels", "label", "prediction");
    assertThat(spark.read().parquet(out).count()).isEqualTo(100);
    Outcome again = run("predict", "--model", model, "--option", "rows=100", "--out", out);
    assertThat(again.code).isEqualTo(1);
    assertThat(again.text).contains("already exists");
  }

  @Test
  void settingsComeFromYaml() throws Exception {
    Path yaml = folder.resolve("evaluate.yaml");
    Files.writeString(yaml, "model: " + model + "\noption:\n  rows: 200\n");
    Outcome done = run("evaluate", "--config", yaml.toString());
    assertThat(done.code).as(done.text).isZero();
    assertThat(done.text).contains("on 200 rows");
    Files.writeString(yaml, "modle: x\n");
    Outcome wrong = run("evaluate", "--config", yaml.toString());
    assertThat(wrong.code).isEqualTo(2);
    assertThat(wrong.text).contains("'modle' is no option of evaluate");
    Files.writeString(yaml, "model:\n");
    assertThat(run("evaluate", "--config", yaml.toString()).text).contains("'model' has no value");
    Files.writeString(yaml, "model: [x");
    wrong = run("evaluate", "--config", yaml.toString());
    assertThat(wrong.code).isEqualTo(2);
    assertThat(wrong.text).contains("evaluate.yaml: while parsing");
  }

  @Test
  void wrongUsageIsTwo() {
    assertThat(run("train", "--epoch", "3").code).isEqualTo(2);
    assertThat(run("train", "--epoch", "3").text).contains("Unknown option").contains("--epochs");
    assertThat(run("trian").code).isEqualTo(2);
    assertThat(run("--help").code).isZero();
    assertThat(run("train", "--help").text).contains("--checkpoint-every").contains("--bad-rows");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--workers 0|--workers is 0, but must be at least 1",
        "--epochs 0|--epochs is 0, but must be at least 1",
        "--batch-size 0|--batch-size is 0, but must be at least 1",
        "--lr -0.5|--lr is -0.5, but must be at least 0",
        "--lr NaN|--lr is NaN, but must be at least 0",
        "--dropout 1|--dropout is 1, but must be at least 0 and below 1",
        "--epochs many|'many' is not an int",
        "--epochs 1 --epochs 2|should be specified only once",
        "--resume|--resume needs --checkpoint",
        "--checkpoint-every 5|--checkpoint-every needs --checkpoint",
        "--warmup 3|--warmup needs two numbers",
        "--format csv|--format csv needs --data with a path",
        "--format table|--format table needs --data with the table's name",
        "--config|Missing required parameter for option '--config'",
        "--config /no/such.yaml|there is no file /no/such.yaml",
      })
  void wrongArgumentsAreTwoInALine(String arguments, String message) {
    Outcome wrong = run(("train " + arguments).split(" "));
    assertThat(wrong.code).as(wrong.text).isEqualTo(2);
    assertThat(wrong.text).startsWith("arclight: ").contains(message);
    assertThat(wrong.text.lines()).hasSizeLessThan(3);
  }

  @Test
  void failuresSayWhatIsWrongAndAreOne() throws Exception {
    assertFails("the columns are [pixels, label]", "train", "--label", "digit");
    assertFails("no model at", "evaluate", "--model", folder.resolve("none").toString());
    assertFails("no such model or class", "train", "--option", "rows=50", "--model", "resnet");
    assertFails("[DATA_SOURCE_NOT_FOUND]", "train", "--data", "/", "--format", "xyz");
    assertFails("cannot be written to", "train", "--option", "rows=50", "--out", "/dev/null/model");
    Path parquet = Files.writeString(folder.resolve("bad.parquet"), "not Parquet at all");
    assertFails("Could not read footer for file: file:" + parquet, "train", "--data", "" + parquet);
    spark.range(90).selectExpr("id", "id % 3 AS label").repartition(2).createTempView("dealt");
    String[] dealt = {"train", "--format", "table", "--data", "dealt", "--features", "id"};
    assertFails("because of Repartition; write", ArrayUtils.add(dealt, "--exact-resume"));
    Path idx = Files.createDirectories(folder.resolve("idx"));
    Files.write(idx.resolve("train-images-idx3-ubyte"), new byte[] {1, 2, 3});
    Files.write(idx.resolve("train-labels-idx1-ubyte"), new byte[] {1, 2, 3});
    assertFails("train-images-idx3-ubyte", "train", "--data", idx.toString(), "--format", "mnist");
    assertFails(
        "slots",
        "train",
        "--option",
        "rows=50",
        "--workers",
        "5",
        "--slot-timeout",
        "2",
        "--ranks-per-executor",
        "5");
  }

  @Test
  void aTruncatedModelIsRefused() throws Exception {
    Path cut = Files.createDirectories(folder.resolve("cut"));
    for (File file :
        FileUtils.listFiles(new File(model), new String[] {"json", "safetensors"}, true)) {
      Path copy = cut.resolve(Path.of(model).relativize(file.toPath()));
      Files.createDirectories(copy.getParent());
      byte[] bytes = Files.readAllBytes(file.toPath());
      boolean weights = file.getName().endsWith("safetensors");
      Files.write(copy, weights ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);
    }
    assertFails("weights.safetensors", "predict", "--option", "rows=10", "--model", "" + cut);
  }

  private static void assertFails(String text, String... args) {
    Outcome failed = run(args);
    assertThat(failed.text).contains(text);
    assertThat(failed.text).contains("arclight: ").doesNotContain("\tat ");
    assertThat(failed.code).as(failed.text).isEqualTo(1);
  }
}
