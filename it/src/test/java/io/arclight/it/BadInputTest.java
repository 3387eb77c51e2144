package io.arclight.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.jobs.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What users do wrong ends soon, with an exit code and a message that says what to do. */
@Timeout(60)
class BadInputTest {
  private static SparkSession spark;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", 2)
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** An exit code and what was printed. */
  private record Ended(int code, String text) {}

  @Test
  void unknownOption() {
    Ended ended = run("train", "--epoch-count", "3");
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.text()).contains("Unknown option").contains("--epoch-count");
  }

  @Test
  void unknownCommand() {
    assertThat(run("trian").code()).isEqualTo(2);
  }

  @Test
  void missingColumn() {
    Ended ended = train("--features", "pixel");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.text()).contains("pixel").contains("pixels, label");
  }

  @Test
  void missingModel() {
    String path = folder.resolve("nowhere").toString();
    Ended ended = run("evaluate", "--option", "rows=10", "--model", path);
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.text()).contains(path);
  }

  @Test
  void corruptIdxFile() throws IOException {
    Files.write(
        folder.resolve("train-images-idx3-ubyte"),
        ByteBuffer.allocate(20).putInt(0x803).putInt(100).putInt(28).putInt(28).array());
    Files.write(
        folder.resolve("train-labels-idx1-ubyte"),
        ByteBuffer.allocate(108).putInt(0x801).putInt(100).array());
    Ended ended = run("train", "--format", "mnist", "--data", folder.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.text()).contains("train-images-idx3-ubyte").contains("truncated");
  }

  @Test
  void moreWorkersThanSlots() {
    long start = System.nanoTime();
    Ended ended = train("--workers", "5");
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.text())
        .contains("5 ranks need 5 slots")
        .contains("local[2]")
        .contains("use 2");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void resumeWithoutCheckpoints() {
    Ended ended = train("--resume");
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.text()).contains("--checkpoint");
  }

  @Test
  void exitCodeOfTheProcess() throws IOException {
    Path log = folder.resolve("log");
    Process process =
        Processes.java(
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"),
            System.getProperty("java.class.path"),
            log,
            Map.of(),
            Main.class.getName(),
            "train",
            "--epochs",
            "many");
    assertThat(Processes.await(process, Duration.ofSeconds(50), log)).isEqualTo(2);
    assertThat(Files.readString(log)).contains("--epochs").contains("'many'");
  }

  private Ended train(String... more) {
    String[] line = new String[5 + more.length];
    System.arraycopy(
        new String[] {"train", "--option", "rows=100", "--out", folder.resolve("out").toString()},
        0,
        line,
        0,
        5);
    System.arraycopy(more, 0, line, 5, more.length);
    return run(line);
  }

  /** As {@link Main#main}, without the end of the JVM. */
  private static Ended run(String... line) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      Method run = Main.class.getDeclaredMethod("run", String[].class);
      run.setAccessible(true);
      int code = (int) run.invoke(null, (Object) line);
      return new Ended(code, bytes.toString(StandardCharsets.UTF_8));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    } finally {
      System.setErr(before);
    }
  }
}
