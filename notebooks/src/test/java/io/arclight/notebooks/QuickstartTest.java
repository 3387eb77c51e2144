package io.arclight.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.repl.Main$;
import org.apache.spark.repl.SparkILoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the quickstart as a user does: in a Spark REPL, on two executors of their own. */
@Timeout(300)
class QuickstartTest {
  private static final Path NOTEBOOK = Path.of("src/main/notebooks/01-quickstart.scala");

  @AfterEach
  void stop() {
    if (Main$.MODULE$.sparkContext() != null) {
      Main$.MODULE$.sparkContext().stop();
    }
  }

  @Test
  void everyCellRunsAndTheModelOfACellTrainsOnTwoExecutors(@TempDir Path folder) throws Exception {
    Path model = folder.resolve("model");
    System.setProperty("arclight.notebook.model", model.toString());
    String classPath = System.getProperty("java.class.path");
    Main$.MODULE$
        .conf()
        .set("spark.master", "local-cluster[2,1,1024]")
        .set("spark.app.name", "quickstart")
        .set("spark.ui.enabled", "false")
        .set("spark.executor.memory", "768m")
        .set("spark.sql.catalogImplementation", "in-memory")
        .set("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
        .set("spark.executorEnv.SPARK_SCALA_VERSION", "2.12")
        .set("spark.executorEnv.SPARK_SQL_TESTING", "1")
        .set("spark.executorEnv.SPARK_LOCAL_IP", "127.0.0.1")
        .set("spark.executor.extraClassPath", classPath)
        .set("spark.executor.extraJavaOptions", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    StringWriter output = new StringWriter();
    String script = Notebook.read(NOTEBOOK).script();
    Main$.MODULE$.doMain(
        new String[] {"-classpath", classPath},
        new SparkILoop(
            new BufferedReader(new StringReader(script)), new PrintWriter(output, true)));
    String printed = output.toString();
    assertThat(printed).doesNotContain("error:").doesNotContain("Exception");
    assertThat(printed).contains("defined class Net");
    assertThat(Files.exists(model.resolve("manifest.json"))).as(printed).isTrue();
    Matcher accuracy = Pattern.compile("\\[(0\\.\\d+),500\\]").matcher(printed);
    assertThat(accuracy.find()).as(printed).isTrue();
    assertThat(Double.parseDouble(accuracy.group(1))).isGreaterThan(0.8);
  }
}
