package io.arclight.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
  }

  @Test
  void wrongUsageIsTwo() {
    assertThat(run("train", "--epoch", "3").code).isEqualTo(2);
    assertThat(run("train", "--epoch", "3").text).contains("Unknown option").contains("--epochs");
    assertThat(run("trian").code).isEqualTo(2);
    assertThat(run("--help").code).isZero();
    assertThat(run("train", "--help").text).contains("--checkpoint-every").contains("--bad-rows");
  }

  @Test
  void failuresSayWhatIsWrongAndAreOne() throws Exception {
    assertFails("the columns are [pixels, label]", "train", "--label", "digit");
    assertFails("no model at", "evaluate", "--model", folder.resolve("none").toString());
    assertFails("--resume needs --checkpoint", "train", "--resume");
    assertFails("no such model or class", "train", "--option", "rows=50", "--model", "resnet");
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

  private static void assertFails(String text, String... args) {
    Outcome failed = run(args);
    assertThat(failed.text).contains(text);
    assertThat(failed.code).as(failed.text).isEqualTo(1);
  }
}
