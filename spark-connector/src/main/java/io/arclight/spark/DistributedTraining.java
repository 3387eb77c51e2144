package io.arclight.spark;

import io.arclight.spark.feed.ColumnMapping;
import io.arclight.spark.feed.ExactResume;
import io.arclight.spark.feed.FeedOptions;
import io.arclight.spark.feed.FeedPlan;
import io.arclight.spark.feed.FeedRdd;
import io.arclight.spark.feed.LastBatch;
import io.arclight.spark.feed.SplitSource;
import io.arclight.spark.launch.BarrierLauncher;
import io.arclight.spark.launch.RankContext;
import io.arclight.spark.launch.RunSettings;
import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import io.arclight.tensor.cpu.Workers;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;

/**
 * The loop that every PyTorch user knows, on the executors of a Spark cluster.
 *
 * <pre>{@code
 * DistributedTraining.run(train, 2, (rank, batches) -> {
 *   var model = new DistributedDataParallel(new Mlp(784, 128, 10), rank.communicator());
 *   var optimizer = new AdamW(model.parameters(), 1e-3);
 *   for (Batch b : batches.epoch(0)) {
 *     optimizer.zeroGrad();
 *     crossEntropy(model.call(b.get("pixels")), b.get("digit")).backward();
 *     optimizer.step();
 *   }
 *   return "done";
 * });
 * }</pre>
 */
public final class DistributedTraining {

  /** What every rank runs; what it captures travels to the executors. */
  @FunctionalInterface
  public interface Loop<R> extends Serializable {
    R run(RankContext rank, RankBatches batches) throws Exception;
  }

  private final Dataset<?> data;
  private final ColumnMapping mapping;
  private FeedOptions feed = FeedOptions.of(256);
  private RunSettings settings = RunSettings.defaults();
  private ExactResume exactResume = ExactResume.WHERE_POSSIBLE;
  private int workers = 1;
  private String device = Devices.AUTO;

  private DistributedTraining(Dataset<?> data, ColumnMapping mapping) {
    this.data = Objects.requireNonNull(data, "data");
    this.mapping = Objects.requireNonNull(mapping, "mapping");
  }

  /**
   * Runs {@code loop} on {@code workers} executors over batches of 256 rows that hold every column
   * of {@code data} under its own name, as {@link ColumnMapping#everyColumn} says.
   *
   * @return what the ranks gave, by rank
   */
  public static <R> List<R> run(Dataset<?> data, int workers, Loop<R> loop) {
    return over(data, ColumnMapping.everyColumn(data)).workers(workers).run(loop);
  }

  /** A loop over the rows of {@code data}, whose columns become tensors by {@code mapping}. */
  public static DistributedTraining over(Dataset<?> data, ColumnMapping mapping) {
    return new DistributedTraining(data, mapping);
  }

  /** Ranks, one on each executor. */
  public DistributedTraining workers(int value) {
    workers = value;
    return this;
  }

  /** Rows of a batch over all workers. */
  public DistributedTraining globalBatchSize(int rows) {
    feed = feed.withGlobalBatch(rows);
    return this;
  }

  /** Leaves a last global batch with fewer rows out, as {@link SparkTrainer#dropLast}. */
  public DistributedTraining dropLast() {
    feed = feed.withLast(LastBatch.DROPPED);
    return this;
  }

  /** Order and seed of the samples; replaces the global batch size and {@link #dropLast}. */
  public DistributedTraining feed(FeedOptions value) {
    feed = value;
    return this;
  }

  /** Whether input is refused that may give other rows when the loop runs again. */
  public DistributedTraining exactResume(ExactResume value) {
    exactResume = value;
    return this;
  }

  /** {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:<index>}. */
  public DistributedTraining device(String value) {
    Devices.requireName(value);
    device = value;
    return this;
  }

  /** Placement, timeouts, restarts and checkpoints. */
  public DistributedTraining settings(RunSettings value) {
    settings = value;
    return this;
  }

  /**
   * Runs {@code loop} on every rank, again from its beginning after a failure of the cluster: its
   * checkpoints are the loop's own, through {@link RankContext#checkpoints()}.
   *
   * @return what the ranks gave, by rank
   */
  public <R> List<R> run(Loop<R> loop) {
    FeedPlan plan = FeedPlan.of(data, mapping, feed);
    plan.require(exactResume);
    String where = device;
    long seed = feed.seed();
    return BarrierLauncher.of(data.sparkSession().sparkContext(), settings)
        .<SplitSource, R>run(
            FeedRdd.of(workers, plan),
            (rank, sources) -> {
              Workers.threads(TaskContext.get().cpus());
              try (Context.Restore random = Context.current().generator(new Generator(seed));
                  RankBatches batches =
                      RankBatches.open(sources.next(), rank, Devices.resolve(where))) {
                return loop.run(rank, batches);
              }
            })
        .ranks();
  }
}
