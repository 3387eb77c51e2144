package io.arclight.jobs;

import io.arclight.spark.Arclight;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
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

  /** An argument that cannot be: ends the command before Spark starts. */
  final CommandLine.ParameterException wrong(String message) {
    return new CommandLine.ParameterException(command.commandLine(), message);
  }

  /** Checks that a number is in a range that has its lower end and, if finite, not its upper. */
  final void require(String option, double value, double least, double below) {
    if (!(value >= least && value < below)) {
      throw wrong(
          option
              + " is "
              + (value == Math.rint(value) ? String.valueOf((long) value) : value)
              + ", but must be at least "
              + (long) least
              + (below == Double.POSITIVE_INFINITY ? "" : " and below " + (long) below));
    }
  }

  final PrintWriter out() {
    return command.commandLine().getOut();
  }

  /**
   * The session, once the data options are complete.
   *
   * @throws CommandLine.ParameterException when they are not
   */
  final SparkSession session() {
    source
        .missing()
        .ifPresent(
            what -> {
              throw wrong(what);
            });
    SparkSession.Builder builder = SparkSession.builder().appName("arclight " + command.name());
    if (System.getProperty("spark.master") == null) {
      builder.master("local[*]");
    }
    SparkSession spark = builder.getOrCreate();
    Arclight.install(spark);
    return spark;
  }
}
