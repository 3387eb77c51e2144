package io.arclight.jobs;

import io.arclight.spark.TrainedModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Applies a saved model to rows and writes them with their predictions. */
@Command(name = "predict", description = "Applies a saved model to rows.")
final class PredictCommand extends JobCommand {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH",
      description = "A folder that train wrote.")
  String model;

  @Option(
      names = "--out",
      paramLabel = "PATH",
      description = "Folder for the rows with a column 'prediction'. Default: shows some.")
  String out;

  @Option(
      names = "--out-format",
      defaultValue = "parquet",
      paramLabel = "NAME",
      description = "Data source to write with, default ${DEFAULT-VALUE}.")
  String outFormat;

  @Option(
      names = "--mode",
      defaultValue = "errorIfExists",
      description = "If the folder exists: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  SaveMode mode;

  @Option(
      names = "--show",
      defaultValue = "20",
      paramLabel = "ROWS",
      description = "How many to show without --out, default ${DEFAULT-VALUE}.")
  int show;

  @Override
  public Integer call() {
    SparkSession spark = session();
    try (TrainedModel trained = TrainedModel.load(model)) {
      var rows = source.hasSplits() ? source.load(spark, "test") : source.load(spark);
      Dataset<Row> predicted =
          rows.withColumn(
              "prediction", functions.expr(Evaluation.call(model, trained.program().signature())));
      if (out == null) {
        out().println(predicted.showString(show, 40, false));
      } else {
        predicted.write().format(outFormat).mode(mode).save(out);
        out().println("predictions written to " + out);
      }
      out().flush();
      return 0;
    }
  }
}
