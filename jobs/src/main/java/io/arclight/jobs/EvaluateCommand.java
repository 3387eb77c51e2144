package io.arclight.jobs;

import io.arclight.export.Labels;
import io.arclight.export.Signature;
import io.arclight.spark.TrainedModel;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a saved model on labelled rows. */
@Command(name = "evaluate", description = "Measures a saved model on labelled rows.")
final class EvaluateCommand extends JobCommand {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH",
      description = "A folder that train wrote.")
  String model;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "Default: the column that the model was trained on.")
  String label;

  @Override
  public Integer call() {
    SparkSession spark = session();
    try (TrainedModel trained = TrainedModel.load(model)) {
      Signature signature = trained.program().signature();
      Labels labels = signature.labels();
      if (label == null && labels == null) {
        throw new JobException("the model is a regression: name the column with --label");
      }
      String column = label == null ? labels.column() : label;
      var rows = source.hasSplits() ? source.load(spark, "test") : source.load(spark);
      Evaluation.of(spark, rows, model, signature, column).print(out(), "rows");
      out().flush();
      return 0;
    }
  }
}
