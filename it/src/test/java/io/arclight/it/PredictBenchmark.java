package io.arclight.it;

import com.sun.management.OperatingSystemMXBean;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.InputSpec;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.spark.Arclight;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.Seq;

/**
 * {@code predict} beside plain UDFs in one JVM of two task threads: for a trivial model a UDF of a
 * plain loop, for a network a UDF that runs the same program a row at a time. All sides take turns.
 */
public final class PredictBenchmark {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final int COLUMNS = 28;
  private static final int PIXELS = 784;

  private PredictBenchmark() {}

  /**
   * Arguments: rounds (default 9), thousands of rows of 28 columns (default 1000; a tenth of them
   * for arrays of 784), then the number of tasks at a time (default 2).
   */
  public static void main(String[] args) throws IOException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 9;
    int thousands = args.length > 1 ? Integer.parseInt(args[1]) : 1000;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : 2;
    Path folder = Files.createTempDirectory("predict-benchmark");
    SparkSession spark =
        SparkSession.builder()
            .master("local[" + threads + "]")
            .config("spark.ui.enabled", false)
            .getOrCreate();
    spark.sparkContext().setLogLevel("WARN");
    Arclight.install(spark);
    System.out.printf(
        Locale.ROOT,
        "load before: %.1f on %d cores%n",
        SYSTEM.getSystemLoadAverage(),
        Runtime.getRuntime().availableProcessors());
    try {
      columns(spark, folder, rounds, 1000 * thousands);
      arrays(spark, folder, rounds, 100 * thousands);
    } finally {
      spark.stop();
      delete(folder);
    }
  }

  private static void columns(SparkSession spark, Path folder, int rounds, int rows) {
    String floats =
        IntStream.range(0, COLUMNS)
            .mapToObj(i -> "cast(sin(id * " + (i + 1) + ") as float) f" + i)
            .collect(Collectors.joining(", ", "id, ", ""));
    String names =
        IntStream.range(0, COLUMNS).mapToObj(i -> "f" + i).collect(Collectors.joining(", "));
    List<InputSpec.Column> columns =
        IntStream.range(0, COLUMNS).mapToObj(i -> new InputSpec.Column("f" + i, "float")).toList();
    tables(spark, folder, "columns", rows, floats);
    String trivial = save(folder, "trivial", Linear.of(COLUMNS, 1), COLUMNS, columns);
    String network = save(folder, "network", network(COLUMNS), COLUMNS, columns);
    udfs(spark, COLUMNS, network);
    for (String table : List.of("columns_cached", "columns_parquet")) {
      String array = "array(" + names + ")";
      compare(rounds, rows, table, "28 to 1", call(trivial, names), "dot28(" + array + ")", spark);
      compare(
          rounds, rows, table, "28-64-64-1", call(network, names), "rows28(" + array + ")", spark);
    }
    spark.catalog().clearCache();
  }

  private static void arrays(SparkSession spark, Path folder, int rounds, int rows) {
    String pixels = "id, transform(sequence(1, " + PIXELS + "), i -> float(id * i % 256)) pixels";
    List<InputSpec.Column> columns = List.of(new InputSpec.Column("pixels", "array<float>"));
    tables(spark, folder, "arrays", rows, pixels);
    String trivial = save(folder, "trivial784", Linear.of(PIXELS, 1), PIXELS, columns);
    String network = save(folder, "network784", network(PIXELS), PIXELS, columns);
    udfs(spark, PIXELS, network);
    for (String table : List.of("arrays_cached", "arrays_parquet")) {
      compare(rounds, rows, table, "784 to 1", call(trivial, "pixels"), "dot784(pixels)", spark);
      compare(
          rounds, rows, table, "784-64-64-1", call(network, "pixels"), "rows784(pixels)", spark);
    }
  }

  private static Layer network(int inputs) {
    return new Sequential(
        Linear.of(inputs, 64), new ReLU(), Linear.of(64, 64), new ReLU(), Linear.of(64, 1));
  }

  private static void tables(
      SparkSession spark, Path folder, String name, int rows, String expressions) {
    String file = folder.resolve(name).toString();
    String made = "SELECT " + expressions + " FROM range(0, " + rows + ", 1, 4)";
    spark.sql(made).write().parquet(file);
    spark.read().parquet(file).createOrReplaceTempView(name + "_parquet");
    // Not from the file: Spark would take the cached rows for every plan that reads it.
    spark.sql(made).persist().createOrReplaceTempView(name + "_cached");
    spark.table(name + "_cached").count();
  }

  private static String save(
      Path folder, String name, Layer model, int width, List<InputSpec.Column> columns) {
    InputSpec input = InputSpec.of("features", DType.FLOAT32, Shape.of(width)).columns(columns);
    String path = folder.resolve(name + "-model").toString();
    try (Program program = Program.trace(model, Signature.of(input))) {
      program.save(LocalBlobStore.at(Path.of(path)));
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String call(String path, String columns) {
    return "predict('" + path + "', " + columns + ")";
  }

  private static void udfs(SparkSession spark, int width, String network) {
    float[] weights = new float[width];
    Arrays.fill(weights, 0.1f);
    UDF1<Seq<Float>, Double> dot =
        values -> {
          double sum = 0;
          for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * values.apply(i);
          }
          return sum;
        };
    spark.udf().register("dot" + width, dot, DataTypes.DoubleType);
    spark.udf().register("rows" + width, new RowModel(network, width), DataTypes.DoubleType);
  }

  /** The program of a folder, a row at a time. */
  private static final class RowModel implements UDF1<Seq<Float>, Double> {
    private static final long serialVersionUID = 1L;
    private static final Map<String, Program> LOADED =
        new java.util.concurrent.ConcurrentHashMap<>();

    private final String path;
    private final int width;

    RowModel(String path, int width) {
      this.path = path;
      this.width = width;
    }

    @Override
    public Double call(Seq<Float> values) {
      Program program = LOADED.computeIfAbsent(path, RowModel::load);
      Workers.threads(1);
      float[] row = new float[width];
      for (int i = 0; i < width; i++) {
        row[i] = values.apply(i);
      }
      try (Scope scope = Scope.open()) {
        Tensor in = Tensor.of(row, Shape.of(1, width));
        return (double) program.run(Map.of("features", in)).get(Program.OUTPUT).toFloats()[0];
      }
    }

    private static Program load(String path) {
      try {
        return Program.load(LocalBlobStore.at(Path.of(path)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Wall and CPU time of a query, in ns. */
  private record Cost(double wall, double cpu) {
    static Cost of(SparkSession spark, String query) {
      long cpu = SYSTEM.getProcessCpuTime();
      long wall = System.nanoTime();
      spark.sql(query).collect();
      return new Cost(System.nanoTime() - wall, SYSTEM.getProcessCpuTime() - cpu);
    }

    static Cost median(List<Cost> costs) {
      return new Cost(
          middle(costs.stream().mapToDouble(Cost::wall)),
          middle(costs.stream().mapToDouble(Cost::cpu)));
    }

    private static double middle(java.util.stream.DoubleStream values) {
      double[] sorted = values.sorted().toArray();
      return sorted[sorted.length / 2];
    }
  }

  private static void compare(
      int rounds,
      int rows,
      String table,
      String model,
      String predict,
      String udf,
      SparkSession spark) {
    String from = " FROM " + table;
    for (String query :
        List.of(
            "SELECT sum(#)", "SELECT sum(#)  WHERE id % 8 > 0", "SELECT max(id)  WHERE # > 0")) {
      String[] parts = query.split("  ", 2);
      String text = parts[0] + from + (parts.length > 1 ? " " + parts[1] : "");
      List<List<Cost>> costs =
          Stream.of(predict, udf)
              .map(call -> (List<Cost>) new java.util.ArrayList<Cost>())
              .toList();
      for (int round = -2; round < rounds; round++) {
        for (int side = 0; side < 2; side++) {
          Cost cost = Cost.of(spark, text.replace("#", side == 0 ? predict : udf));
          if (round >= 0) {
            costs.get(side).add(cost);
          }
        }
      }
      Cost ours = Cost.median(costs.get(0));
      Cost theirs = Cost.median(costs.get(1));
      System.out.printf(
          Locale.ROOT,
          "%-15s %-11s %-28s predict %7.0f k rows/s, %6.0f ns CPU a row"
              + "   UDF %7.0f k rows/s, %6.0f ns   wall %.2f  CPU %.2f%n",
          table,
          model,
          query.replace("  ", " "),
          rows / ours.wall * 1e6,
          ours.cpu / rows,
          rows / theirs.wall * 1e6,
          theirs.cpu / rows,
          ours.wall / theirs.wall,
          ours.cpu / theirs.cpu);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
