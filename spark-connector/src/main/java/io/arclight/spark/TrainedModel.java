package io.arclight.spark;

import io.arclight.export.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** A trained model on the driver: what {@code predict} serves. */
public final class TrainedModel implements AutoCloseable {
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

  @Override
  public void close() {
    program.close();
  }
}
