package io.arclight.jobs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where rows come from. */
final class DataOptions {
  private static final String DIGITS = "digits";
  private static final String MNIST = "mnist";
  private static final String TABLE = "table";

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = {
        "File or folder of any Hadoop file system, or a table's name with --format table.",
        "Default: the built-in handwriting-like digits."
      })
  String data;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description = {
        "digits, mnist (IDX files), table, or any Spark data source such as parquet.",
        "Default: parquet with --data, digits without."
      })
  String format;

  @Option(
      names = "--option",
      split = ",",
      paramLabel = "KEY=VALUE",
      description = "Options of the data source, such as rows=20000 of digits.")
  Map<String, String> options = new LinkedHashMap<>();

  String format() {
    return format != null ? format : data == null ? DIGITS : "parquet";
  }

  /** What must be given too; empty when nothing is. */
  Optional<String> missing() {
    if (data != null || format().equals(DIGITS)) {
      return Optional.empty();
    }
    String what = format().equals(TABLE) ? "the table's name" : "a path";
    return Optional.of("--format " + format() + " needs --data with " + what);
  }

  /** Whether the source divides itself into training and test rows. */
  boolean hasSplits() {
    return (format().equals(DIGITS) || format().equals(MNIST)) && !options.containsKey("split");
  }

  Dataset<Row> load(SparkSession spark) {
    return load(spark, options);
  }

  /** The rows of {@code split}, of a source that has splits. */
  Dataset<Row> load(SparkSession spark, String split) {
    Map<String, String> with = new LinkedHashMap<>(options);
    with.put("split", split);
    return load(spark, with);
  }

  private Dataset<Row> load(SparkSession spark, Map<String, String> settings) {
    if (format().equals(TABLE)) {
      return spark.table(data);
    }
    DataFrameReader reader = spark.read().format(format()).options(settings);
    return data == null ? reader.load() : reader.load(data);
  }

  /** The features that were named, else those of the image sources. */
  static List<String> features(List<String> named) {
    return named == null || named.isEmpty() ? List.of("pixels") : named;
  }
}
