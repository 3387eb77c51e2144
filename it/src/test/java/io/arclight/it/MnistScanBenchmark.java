package io.arclight.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** How long reading all of MNIST takes, gzipped and plain, on two threads. */
public final class MnistScanBenchmark {
  private static final int PASSES = 8;

  private MnistScanBenchmark() {}

  /** Prints the seconds of every pass over the training images and the median. */
  public static void main(String[] args) throws IOException {
    Path gzipped =
        SharedData.folder("mnist")
            .orElseThrow(() -> new IllegalStateException("no folder shared/data/mnist here"));
    Path plain = Files.createTempDirectory("mnist");
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()) {
      spark.sparkContext().setLogLevel("ERROR");
      for (String name : List.of("train-images-idx3-ubyte", "train-labels-idx1-ubyte")) {
        unpack(gzipped.resolve(name + ".gz"), plain.resolve(name));
      }
      for (String pixels : List.of("float", "binary")) {
        scan(spark, gzipped, pixels, "gzipped");
        scan(spark, plain, pixels, "plain");
      }
    } finally {
      try (var files = Files.list(plain)) {
        files.map(Path::toFile).forEach(java.io.File::delete);
      }
      Files.delete(plain);
    }
  }

  private static void unpack(Path from, Path to) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(from))) {
      Files.copy(in, to);
    }
  }

  private static void scan(SparkSession spark, Path folder, String pixels, String what) {
    Dataset<Row> images =
        spark.read().format("mnist").option("pixels", pixels).load(folder.toString());
    SparkPlan scan = images.queryExecution().executedPlan().collectLeaves().head();
    JavaRDD<ColumnarBatch> batches = scan.executeColumnar().toJavaRDD();
    double[] seconds = new double[PASSES];
    for (int pass = 0; pass < PASSES; pass++) {
      long start = System.nanoTime();
      int rows = batches.map(ColumnarBatch::numRows).reduce(Integer::sum);
      seconds[pass] = (System.nanoTime() - start) / 1e9;
      if (rows != 60_000) {
        throw new IllegalStateException("read " + rows + " rows");
      }
    }
    StringBuilder line = new StringBuilder("%-7s %-6s s a pass:".formatted(what, pixels));
    for (double s : seconds) {
      line.append(String.format(Locale.ROOT, " %.3f", s));
    }
    java.util.Arrays.sort(seconds);
    line.append(String.format(Locale.ROOT, ", median %.3f", seconds[PASSES / 2]));
    System.out.println(line);
  }
}
