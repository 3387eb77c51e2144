package io.arclight.it;

import io.arclight.spark.Arclight;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A Spark cluster whose executors are processes on this machine, started from the class path. */
public final class Cluster implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(15);

  private final SparkSession spark;

  private Cluster(SparkSession spark) {
    this.spark = spark;
  }

  /** Executors of one core with a heap of so many MiB. */
  public static Cluster start(
      int executors, int megabytes, String executorOptions, Map<String, String> settings) {
    SparkSession.Builder builder = SparkSession.builder();
    settings.forEach(builder::config);
    SparkSession spark =
        builder
            .master("local-cluster[%d,1,%d]".formatted(executors, megabytes))
            .config("spark.executor.memory", megabytes + "m")
            .config("spark.executorEnv.SPARK_SCALA_VERSION", "2.12")
            .config("spark.executorEnv.SPARK_SQL_TESTING", "1")
            .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .config("spark.executor.extraJavaOptions", executorOptions)
            .config("spark.deploy.maxExecutorRetries", -1)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", false)
            .config("spark.sql.shuffle.partitions", executors)
            .getOrCreate();
    Arclight.install(spark);
    return new Cluster(spark);
  }

  /** As {@link #start}, with executors that start fast rather than run fast. */
  public static Cluster startForTests(int executors, int megabytes, Map<String, String> settings) {
    return start(
        executors,
        megabytes,
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
            + " -Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Dorg.bytedeco.javacpp.logger=none",
        settings);
  }

  public SparkSession spark() {
    return spark;
  }

  /** Rendered digits of a split, in four partitions. */
  Dataset<Row> digits(String split, int rows) {
    return spark
        .read()
        .format("digits")
        .option("split", split)
        .option("rows", rows)
        .option("numPartitions", 4)
        .load();
  }

  /** The executor processes that live: this process starts no other JVMs. */
  static List<ProcessHandle> executors() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("java"))
        .toList();
  }

  /**
   * Ends the session and its executors.
   *
   * @throws IllegalStateException when Spark left executors behind, which are killed then
   */
  @Override
  public void close() {
    List<ProcessHandle> executors = executors();
    spark.stop();
    List<ProcessHandle> strays = Processes.awaitEnd(executors, GRACE);
    strays.forEach(ProcessHandle::destroyForcibly);
    if (!strays.isEmpty()) {
      throw new IllegalStateException("executors that outlived their application: " + strays);
    }
  }
}
