package io.arclight.jobs;

import io.arclight.spark.Arclight;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands share. */
abstract class JobCommand implements Callable<Integer> {
  @Spec CommandSpec command;

  @Mixin DataOptions source;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  boolean help;

  /** Read before parsing, by {@link YamlDefaults}. */
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file with values of options by their long names; the command line wins.")
  Path unusedConfig;

  final PrintWriter out() {
    return command.commandLine().getOut();
  }

  final SparkSession session() {
    SparkSession.Builder builder = SparkSession.builder().appName("arclight " + command.name());
    if (System.getProperty("spark.master") == null) {
      builder.master("local[*]");
    }
    SparkSession spark = builder.getOrCreate();
    Arclight.install(spark);
    return spark;
  }
}
