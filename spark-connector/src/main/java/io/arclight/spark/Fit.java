package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.export.InputSpec;
import io.arclight.export.Labels;
import io.arclight.export.Program;
import io.arclight.export.SafeTensors;
import io.arclight.export.Signature;
import io.arclight.export.Transform;
import io.arclight.nn.Module;
import io.arclight.spark.feed.ColumnMapping;
import io.arclight.spark.feed.Features;
import io.arclight.spark.feed.FeedException;
import io.arclight.spark.feed.FeedOptions;
import io.arclight.spark.feed.FeedPlan;
import io.arclight.spark.feed.FeedRdd;
import io.arclight.spark.feed.Field;
import io.arclight.spark.feed.InputRecord;
import io.arclight.spark.feed.Label;
import io.arclight.spark.feed.LastBatch;
import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.feed.SplitSource;
import io.arclight.spark.launch.BarrierLauncher;
import io.arclight.spark.launch.Checkpoint;
import io.arclight.spark.launch.CheckpointFile;
import io.arclight.spark.launch.CheckpointPolicy;
import io.arclight.spark.launch.ConsoleProgress;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunResult;
import io.arclight.spark.launch.RunSettings;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.OutOfMemoryException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of {@link SparkTrainer#fit}, on the driver. */
final class Fit<M extends Module> {
  private static final Logger LOG = LoggerFactory.getLogger(Fit.class);
  private static final long HASH_BUCKETS = 1_000_000;

  private final SparkTrainer<M> trainer;
  private final Dataset<Row> data;
  private MemoryBudget budget;

  Fit(SparkTrainer<M> trainer, Dataset<Row> data) {
    this.trainer = trainer;
    this.data = data;
  }

  TrainedModel run() {
    requireComplete();
    SparkContext context = data.sparkSession().sparkContext();
    ColumnMapping mapping = new ColumnMapping(trainer.features, trainer.label, trainer.badRows);
    Dataset<Row> train = data;
    Dataset<Row> valid = trainer.validation == null ? null : trainer.validation.toDF();
    if (trainer.validationFraction > 0) {
      Column held = bucket().lt(Math.round(trainer.validationFraction * HASH_BUCKETS));
      valid = data.where(held);
      train = data.where(functions.not(held));
    }
    FeedOptions options =
        new FeedOptions(
            trainer.globalBatchSize,
            trainer.lanes,
            trainer.window,
            trainer.shuffle,
            trainer.seed,
            trainer.last);
    FeedPlan trainPlan = FeedPlan.of(train, mapping, options);
    trainPlan.require(trainer.exactResume);
    warnOfInexactResume(trainPlan);
    ColumnMapping same = withLabels(mapping, trainPlan);
    FeedPlan validPlan = valid == null ? null : validationPlan(valid, same, options);
    TrainingSpec<M> spec = spec(trainPlan);
    Signature signature = signature(trainPlan);
    M model = prototype();
    trace(model, spec, signature).close();
    RunSettings settings = settings(context);
    budget = memory(spec, model, settings, trainPlan, validPlan);
    spec = spec.with(budget);
    recordInput(context, trainPlan);

    FeedPlan kept = forEpochs(trainPlan);
    FeedPlan read = trainer.materialized ? kept.materialized() : kept;
    FeedRdd feed =
        validPlan == null
            ? FeedRdd.of(trainer.workers, read)
            : FeedRdd.of(trainer.workers, read, forEpochs(validPlan));
    RunResult<TrainingOutcome> result =
        BarrierLauncher.of(context, settings, listeners(context))
            .<SplitSource, TrainingOutcome>run(feed, new RankTraining<>(spec));
    load(model, result, validPlan != null);
    List<EpochMetrics> history = result.ranks().get(0).history();
    return new TrainedModel(trace(model, spec, signature), history, result.restarts());
  }

  /** What the run needs and has, once that is known. */
  MemoryBudget budget() {
    return budget;
  }

  /** Refuses here what no executor can hold. */
  private MemoryBudget memory(
      TrainingSpec<M> spec, M model, RunSettings settings, FeedPlan plan, FeedPlan validPlan) {
    int ranks = trainer.workers;
    SparkSession spark = data.sparkSession();
    int together =
        spark.sparkContext().isLocal()
            ? ranks
            : Math.min(ranks, settings.placement().ranksPerExecutor());
    MemoryEstimate known =
        new MemoryEstimate(
            MemoryProbe.weights(model),
            2 * MemoryProbe.trainable(model),
            0,
            0,
            plan.mostRows(ranks),
            MemoryEstimate.queues(plan, ranks)
                + (validPlan == null ? 0 : MemoryEstimate.queues(validPlan, ranks)));
    MemoryBudget least = MemoryBudget.of(spark, together, known);
    least.require();
    MemoryEstimate estimate;
    try {
      estimate =
          new MemoryCheck<M>(
                  spark.sparkContext(), least.available(), settings.placement().slotTimeout())
              .complete(known, new MemoryProbe<>(spec, plan.fields(), known.rows()));
    } catch (OutOfMemoryException e) {
      throw least.exceeded(e);
    }
    MemoryBudget whole = MemoryBudget.of(spark, together, estimate);
    whole.require();
    LOG.info("{}", whole);
    return whole;
  }

  private FeedPlan forEpochs(FeedPlan plan) {
    return trainer.epochs > 1 ? plan.spooled() : plan;
  }

  /** Checkpoints at the ends of epochs are exact for any input. */
  private void warnOfInexactResume(FeedPlan plan) {
    if (trainer.checkpointEvery > 0 && !plan.splits().repeatable()) {
      LOG.warn(
          "Reading the input again may give other rows because of {}: training that goes on in the"
              + " middle of an epoch is exact again from the next epoch only",
          String.join(", ", plan.splits().obstacles()));
    }
  }

  private void recordInput(SparkContext context, FeedPlan plan) {
    if (trainer.checkpoint == null) {
      return;
    }
    try {
      RecordedInput.keepOrCompare(
          Stores.at(context, trainer.checkpoint), trainer.resume, InputRecord.of(plan));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot use folder " + trainer.checkpoint + ": " + e.getMessage(), e);
    }
  }

  private static FeedPlan validationPlan(
      Dataset<Row> rows, ColumnMapping mapping, FeedOptions options) {
    try {
      return FeedPlan.of(rows, mapping, options.withShuffle(Shuffle.NONE).withLast(LastBatch.KEPT));
    } catch (FeedException e) {
      throw new TrainingException(
          "the validation data cannot be used: "
              + e.getMessage()
              + "; a share of few rows may be empty: hold out more, or nothing");
    }
  }

  private void requireComplete() {
    require(trainer.loss != null, "no loss: call loss(...), such as new CrossEntropyLoss()");
    require(trainer.optimizer != null, "no optimizer: call optimizer(p -> new AdamW(p, 1e-3))");
    require(!trainer.features.isEmpty(), "no features: call features(column)");
    require(!(trainer.label instanceof Label.None), "no label: call label(column)");
    require(trainer.epochs >= 1, "epochs must be at least 1, not " + trainer.epochs);
    require(trainer.workers >= 1, "workers must be at least 1, not " + trainer.workers);
    require(trainer.accumulate >= 1, "accumulate must be at least 1, not " + trainer.accumulate);
    require(
        trainer.shuffle != Shuffle.GLOBAL || trainer.epochs > 1 || trainer.materialized,
        "shuffle(GLOBAL) begins with the second epoch, and epochs is 1: call materialize() too");
    require(
        trainer.shuffle == Shuffle.GLOBAL || !trainer.materialized,
        "materialize() serves shuffle(GLOBAL), but the shuffle is " + trainer.shuffle);
    require(
        trainer.validation == null || trainer.validationFraction == 0,
        "give validation data or a validation fraction, not both");
    require(
        trainer.patience == 0 || trainer.validation != null || trainer.validationFraction > 0,
        "early stopping needs validation data: call validation(...) or validationFraction(...)");
  }

  private static void require(boolean ok, String otherwise) {
    if (!ok) {
      throw new TrainingException(otherwise);
    }
  }

  /** A hash of the rows' values, so that equal rows are on the same side in every run. */
  private Column bucket() {
    List<Column> columns = new ArrayList<>();
    for (Features f : trainer.features) {
      f.columns().forEach(c -> columns.add(functions.col(c)));
    }
    Column hash = functions.xxhash64(columns.toArray(new Column[0]));
    return functions.pmod(hash, functions.lit(HASH_BUCKETS));
  }

  /** Validation rows get the classes of the training rows. */
  private static ColumnMapping withLabels(ColumnMapping mapping, FeedPlan plan) {
    if (mapping.label() instanceof Label.Classes c && plan.labels().isPresent()) {
      return mapping.withLabel(Label.classes(c.column(), plan.labels().get().values()));
    }
    return mapping;
  }

  private TrainingSpec<M> spec(FeedPlan plan) {
    List<Field> fields = plan.fields();
    List<String> inputs = new ArrayList<>();
    List<Transform> transforms = new ArrayList<>();
    for (int i = 0; i < trainer.features.size(); i++) {
      String name = fields.get(i).name();
      inputs.add(name);
      transforms.add(trainer.transforms.getOrDefault(name, Transform.NONE));
    }
    return new TrainingSpec<>(
        trainer.model,
        trainer.forward,
        trainer.loss,
        trainer.optimizer,
        trainer.scheduler,
        inputs,
        transforms,
        fields.get(fields.size() - 1).name(),
        plan.labels().map(l -> l.size()).orElse(0),
        trainer.epochs,
        trainer.accumulate,
        trainer.clip,
        trainer.seed,
        trainer.device,
        trainer.checkpointEvery,
        trainer.patience,
        trainer.checksumEvery,
        trainer.shuffle,
        trainer.window,
        trainer.syncBatchNorm,
        null);
  }

  private Signature signature(FeedPlan plan) {
    StructType schema = data.schema();
    List<InputSpec> inputs = new ArrayList<>();
    for (int i = 0; i < trainer.features.size(); i++) {
      Field field = plan.fields().get(i);
      List<InputSpec.Column> columns = new ArrayList<>();
      for (String c : trainer.features.get(i).columns()) {
        columns.add(new InputSpec.Column(c, schema.apply(c).dataType().catalogString()));
      }
      inputs.add(
          InputSpec.of(field.name(), field.dtype(), field.rowShape())
              .columns(columns)
              .transform(trainer.transforms.getOrDefault(field.name(), Transform.NONE)));
    }
    Signature signature = Signature.of(inputs.toArray(new InputSpec[0]));
    if (trainer.label instanceof Label.Classes classes && plan.labels().isPresent()) {
      String type = schema.apply(classes.column()).dataType().catalogString();
      return signature.labels(new Labels(classes.column(), type, plan.labels().get().values()));
    }
    return signature;
  }

  /** The model on the driver: shows errors of the model before executors are asked for. */
  private M prototype() {
    try (Context.Restore random = Context.current().generator(new Generator(trainer.seed))) {
      return trainer.model.create();
    }
  }

  private Program trace(M model, TrainingSpec<M> spec, Signature signature) {
    return Program.trace(
        model,
        in -> {
          Map<String, Tensor> columns = new LinkedHashMap<>(in);
          long rows = in.values().iterator().next().dim(0);
          Batch batch = new Batch(columns, Tensor.zeros(Shape.of(rows), DType.INT64, Device.CPU));
          return Map.of(Program.OUTPUT, spec.forward().apply(model, batch));
        },
        signature);
  }

  private RunSettings settings(SparkContext context) {
    RunSettings base = trainer.settings == null ? RunSettings.defaults() : trainer.settings;
    if (trainer.checkpoint == null) {
      return base;
    }
    return base.with(CheckpointPolicy.in(Stores.at(context, trainer.checkpoint), trainer.resume));
  }

  private RunListener[] listeners(SparkContext context) {
    List<RunListener> all = new ArrayList<>(trainer.listeners);
    if (trainer.progress) {
      all.add(ConsoleProgress.onStandardError(context.conf()));
    }
    return all.toArray(new RunListener[0]);
  }

  /** Takes the weights from the checkpoint store: the best by validation, else the last. */
  private void load(M model, RunResult<TrainingOutcome> result, boolean validated) {
    try {
      Optional<Checkpoint> from = validated ? result.checkpoints().best() : Optional.empty();
      Checkpoint checkpoint =
          from.or(result::checkpoint)
              .orElseThrow(() -> new TrainingException("the run left no checkpoint"));
      CheckpointFile file =
          checkpoint
              .file(0, TrainingCheckpoint.MODEL)
              .orElseThrow(() -> new TrainingException("the last checkpoint has no model"));
      try (InputStream in = result.checkpoints().open(file);
          Scope scope = Scope.open()) {
        model.loadStateDict(SafeTensors.read(in, file.name()).tensors());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
