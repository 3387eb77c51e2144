package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.export.Transform;
import io.arclight.nn.Layer;
import io.arclight.nn.Loss;
import io.arclight.nn.Module;
import io.arclight.spark.feed.BadRows;
import io.arclight.spark.feed.ExactResume;
import io.arclight.spark.feed.Features;
import io.arclight.spark.feed.Label;
import io.arclight.spark.feed.LastBatch;
import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.launch.Resume;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunSettings;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;

/**
 * Trains a model on the rows of a DataFrame, on the executors of its Spark cluster.
 *
 * <pre>{@code
 * TrainedModel model = SparkTrainer.of(() -> new Mlp(784, 128, 10))
 *     .loss(new CrossEntropyLoss()).optimizer(p -> new AdamW(p, 1e-3))
 *     .features("pixels", Shape.of(784)).label("digit")
 *     .globalBatchSize(256).epochs(5).workers(2)
 *     .fit(train);
 * }</pre>
 *
 * @param <M> the model
 */
public final class SparkTrainer<M extends Module> {
  final ModelFactory<M> model;
  Forward<M> forward;
  Loss loss;
  OptimizerFactory optimizer;
  SchedulerFactory scheduler;
  final List<Features> features = new ArrayList<>();
  Label label = Label.none();
  BadRows badRows = BadRows.FAIL;
  Shuffle shuffle = Shuffle.WINDOW;
  boolean materialized;
  int window = 1024;
  int lanes = 16;
  int globalBatchSize = 256;
  LastBatch last = LastBatch.KEPT;
  int epochs = 1;
  int workers = 1;
  int accumulate = 1;
  boolean syncBatchNorm;
  double clip;
  long seed = 42;
  String device = Devices.AUTO;
  Dataset<?> validation;
  double validationFraction;
  int patience;
  String checkpoint;
  long checkpointEvery;
  Resume resume = Resume.NEVER;
  ExactResume exactResume = ExactResume.WHERE_POSSIBLE;
  RunSettings settings;
  boolean progress = true;
  int checksumEvery = 100;
  final Map<String, Transform> transforms = new LinkedHashMap<>();
  final List<RunListener> listeners = new ArrayList<>();

  private SparkTrainer(ModelFactory<M> model, Forward<M> forward) {
    this.model = Objects.requireNonNull(model, "model");
    this.forward = forward;
  }

  /** Trains a model of one input, which is the first of the features. */
  public static <L extends Layer> SparkTrainer<L> of(ModelFactory<L> model) {
    return new SparkTrainer<>(model, new FirstInput<>());
  }

  /** Trains any model; {@code forward} says how a batch goes through it. */
  public static <M extends Module> SparkTrainer<M> of(ModelFactory<M> model, Forward<M> forward) {
    return new SparkTrainer<>(model, Objects.requireNonNull(forward, "forward"));
  }

  /** The forward of layers. */
  private static final class FirstInput<L extends Layer> implements Forward<L> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor apply(L model, Batch batch) {
      return model.call(batch.columns().values().iterator().next());
    }
  }

  /** What is minimised: the mean over the rows of a global batch. */
  public SparkTrainer<M> loss(Loss value) {
    loss = value;
    return this;
  }

  /** What updates the weights. */
  public SparkTrainer<M> optimizer(OptimizerFactory value) {
    optimizer = value;
    return this;
  }

  /** Sets the learning rate, a step for each optimizer step. */
  public SparkTrainer<M> scheduler(SchedulerFactory value) {
    scheduler = value;
    return this;
  }

  /** A feature column: a number, an array of numbers, an ML vector, or binary. */
  public SparkTrainer<M> features(String column) {
    features.add(Features.column(column));
    return this;
  }

  /** A feature column with the shape that one row has in the model. */
  public SparkTrainer<M> features(String column, Shape rowShape) {
    features.add(Features.column(column).shaped(rowShape));
    return this;
  }

  /** Inputs of the model in full. */
  public SparkTrainer<M> features(Features... inputs) {
    features.addAll(List.of(inputs));
    return this;
  }

  /**
   * What happens to the raw values of an input before the model sees them, in training and in
   * {@code predict}.
   *
   * @param input name of the features: the column's, or the one given with {@code named}
   */
  public SparkTrainer<M> transform(String input, Transform value) {
    transforms.put(input, value);
    return this;
  }

  /** A column of classes: integers, strings or booleans. */
  public SparkTrainer<M> label(String column) {
    return label(Label.classes(column));
  }

  /** What the model should give, if not a class of one column. */
  public SparkTrainer<M> label(Label value) {
    label = value;
    return this;
  }

  /** What happens to rows with a null or NaN; the default is an error that counts them. */
  public SparkTrainer<M> badRows(BadRows value) {
    badRows = value;
    return this;
  }

  /** How the order of rows changes from epoch to epoch; {@link Shuffle#WINDOW} by default. */
  public SparkTrainer<M> shuffle(Shuffle value) {
    shuffle = value;
    return this;
  }

  /**
   * Reads all rows into Spark's local folders before the first batch, so that {@link
   * Shuffle#GLOBAL}, which needs that, serves the first epoch too.
   */
  public SparkTrainer<M> materialize() {
    materialized = true;
    return this;
  }

  /** Rows that are shuffled at a time in each lane; more mixes better and takes more memory. */
  public SparkTrainer<M> shuffleWindow(int rows) {
    window = rows;
    return this;
  }

  /** Rows of a batch over all workers. */
  public SparkTrainer<M> globalBatchSize(int rows) {
    globalBatchSize = rows;
    return this;
  }

  /**
   * Leaves the last global batch of an epoch out when it has fewer rows than the others: PyTorch's
   * {@code drop_last}. Epochs differ in which rows these are; validation has all of its rows.
   */
  public SparkTrainer<M> dropLast() {
    last = LastBatch.DROPPED;
    return this;
  }

  /**
   * Batch normalisations of the model see the global batch instead of a rank's rows: PyTorch's
   * {@code SyncBatchNorm.convert_sync_batchnorm}. Each waits for all ranks, once forward and once
   * backward.
   */
  public SparkTrainer<M> syncBatchNorm() {
    syncBatchNorm = true;
    return this;
  }

  /** How often all rows are seen. */
  public SparkTrainer<M> epochs(int value) {
    epochs = value;
    return this;
  }

  /** Ranks, one on each executor. */
  public SparkTrainer<M> workers(int value) {
    workers = value;
    return this;
  }

  /** Global batches whose gradients make one optimizer step. */
  public SparkTrainer<M> accumulate(int batches) {
    accumulate = batches;
    return this;
  }

  /** Scales gradients down to this Euclidean norm over all parameters. */
  public SparkTrainer<M> clipGradNorm(double max) {
    clip = max;
    return this;
  }

  /** Of initial weights, shuffling and dropout: the same seed gives the same model. */
  public SparkTrainer<M> seed(long value) {
    seed = value;
    return this;
  }

  /** {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:<index>}. */
  public SparkTrainer<M> device(String value) {
    Devices.requireName(value);
    device = value;
    return this;
  }

  /** Data for validation after each epoch, with the columns of the training data. */
  public SparkTrainer<M> validation(Dataset<?> data) {
    validation = data;
    return this;
  }

  /** Holds this share of the training rows out for validation, chosen by a hash of their values. */
  public SparkTrainer<M> validationFraction(double share) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException("the validation fraction must be in [0, 1), not " + share);
    }
    validationFraction = share;
    return this;
  }

  /** Ends training after so many epochs without a better validation loss. */
  public SparkTrainer<M> earlyStopping(int epochsOfPatience) {
    patience = epochsOfPatience;
    return this;
  }

  /** The folder, of any Hadoop file system, that checkpoints go to at the end of each epoch. */
  public SparkTrainer<M> checkpoint(String path) {
    checkpoint = path;
    return this;
  }

  /** Also checkpoints after so many optimizer steps. */
  public SparkTrainer<M> checkpointEvery(long steps) {
    checkpointEvery = steps;
    return this;
  }

  /**
   * Goes on from the last checkpoint of the folder, if there is one; the input must not have
   * changed.
   */
  public SparkTrainer<M> resume() {
    resume = Resume.LATEST;
    return this;
  }

  /** Whether input is refused that may give other rows when a run goes on. */
  public SparkTrainer<M> exactResume(ExactResume value) {
    exactResume = value;
    return this;
  }

  /** Placement, timeouts and restarts. */
  public SparkTrainer<M> settings(RunSettings value) {
    settings = value;
    return this;
  }

  /** Who hears of the run's progress. */
  public SparkTrainer<M> listener(RunListener listener) {
    listeners.add(listener);
    return this;
  }

  /** Compares the ranks' parameters after so many optimizer steps; 0 never does. */
  public SparkTrainer<M> checksumEvery(int steps) {
    checksumEvery = steps;
    return this;
  }

  /** No progress on standard error. */
  public SparkTrainer<M> quiet() {
    progress = false;
    return this;
  }

  /**
   * Trains on the rows of {@code data} and gives the model with the best validation loss, or the
   * last one without validation data.
   *
   * @throws io.arclight.spark.feed.FeedException when the columns do not fit
   * @throws TrainingException when settings do not fit each other or training diverges
   * @throws io.arclight.spark.launch.LaunchException when ranks cannot be started or kept alive
   */
  public TrainedModel fit(Dataset<?> data) {
    return new Fit<>(this, data.toDF()).run();
  }
}
