package io.arclight.spark;

import io.arclight.export.Program;
import io.arclight.spark.sql.PredictColumns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A trained model on the driver: what {@code predict} serves. */
public final class TrainedModel implements AutoCloseable {
  private static final String PREDICTION = "prediction";
  private static final String PROBABILITY = "probability";

  private final Program program;
  private final List<EpochMetrics> history;
  private final int restarts;

  TrainedModel(Program program, List<EpochMetrics> history, int restarts) {
    this.program = program;
    this.history = List.copyOf(history);
    this.restarts = restarts;
  }

  /** The model as data, from raw training columns to outputs. */
  public Program program() {
    return program;
  }

  /** What each epoch gave; empty for a model that was loaded. */
  public List<EpochMetrics> history() {
    return history;
  }

  /** How often the run was started again. */
  public int restarts() {
    return restarts;
  }

  /**
   * Writes a version into the folder {@code path}, of any Hadoop file system, and makes it the
   * current one.
   *
   * @return the hash of the version
   */
  public String save(String path) {
    try {
      return program.save(Stores.at(SparkSession.active().sparkContext(), path));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot save the model to " + path + ": " + e.getMessage(), e);
    }
  }

  /** The current version in the folder {@code path}. */
  public static TrainedModel load(String path) {
    try {
      return new TrainedModel(
          Program.load(Stores.at(SparkSession.active().sparkContext(), path)), List.of(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot load a model from " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * {@code data} with a column {@code prediction}: the label, or the number of a regression; and
   * for classifiers {@code probability}, an array of float. Needs the columns of training.
   */
  public Dataset<Row> transform(Dataset<?> data) {
    Dataset<Row> out = data.toDF();
    Dataset<Row> predicted = out.withColumn(PREDICTION, PredictColumns.predict(out, program));
    return program.signature().labels() == null
        ? predicted
        : predicted.withColumn(PROBABILITY, PredictColumns.probability(out, program));
  }

  @Override
  public void close() {
    program.close();
  }
}
