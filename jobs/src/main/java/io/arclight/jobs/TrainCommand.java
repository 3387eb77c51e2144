package io.arclight.jobs;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Loss;
import io.arclight.nn.MSELoss;
import io.arclight.optim.CosineWarmup;
import io.arclight.spark.EpochMetrics;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.spark.feed.BadRows;
import io.arclight.spark.feed.ExactResume;
import io.arclight.spark.feed.Features;
import io.arclight.spark.feed.Label;
import io.arclight.spark.launch.Placement;
import io.arclight.spark.launch.RunSettings;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a model, saves it, and shows what it predicts on rows that it has not seen. */
@Command(
    name = "train",
    description = "Trains a model on the executors and saves it.",
    sortOptions = false,
    showDefaultValues = true)
final class TrainCommand extends JobCommand {
  /** What is learned. */
  enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  @Option(
      names = "--features",
      split = ",",
      paramLabel = "COLUMN",
      description = "One column, or several numeric ones. Default: pixels.")
  List<String> features;

  @Option(names = "--label", paramLabel = "COLUMN", description = "What the model learns.")
  String label = "label";

  @Option(names = "--task", description = "${COMPLETION-CANDIDATES}")
  Task task = Task.CLASSIFICATION;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "mlp, mlp:256,128 (hidden sizes), or the class of a Layer.")
  String model = "mlp";

  @Option(names = "--dropout", description = "Of the mlp's hidden layers.")
  double dropout = 0.1;

  @Option(names = "--epochs")
  int epochs = 5;

  @Option(names = "--batch-size", description = "Rows of a batch over all workers.")
  int batchSize = 128;

  @Option(
      names = "--drop-last",
      description = "Leave the last batch of an epoch out when it has fewer rows.")
  boolean dropLast;

  @Option(names = "--optimizer", description = "${COMPLETION-CANDIDATES}")
  OptimizerChoice.Kind optimizer = OptimizerChoice.Kind.ADAMW;

  @Option(names = "--lr", description = "Learning rate.")
  double lr = 2e-3;

  @Option(
      names = "--warmup",
      paramLabel = "STEPS,TOTAL",
      split = ",",
      description = "Warms the learning rate up, then lowers it along a cosine.")
  List<Long> warmup;

  @Option(names = "--accumulate", description = "Batches that make one optimizer step.")
  int accumulate = 1;

  @Option(names = "--clip-grad-norm", paramLabel = "MAX", description = "0: no limit.")
  double clip;

  @Option(names = "--workers", description = "Ranks, one on each executor.")
  int workers = 2;

  @Option(names = "--device", description = "auto, cpu, cuda or cuda:<index>.")
  String device = "auto";

  @Option(names = "--seed", description = "Of weights, shuffling and dropout.")
  long seed = 42;

  @Option(
      names = "--validation-fraction",
      paramLabel = "SHARE",
      description = "Rows held out of training for validation after each epoch.")
  double validation = 0.1;

  @Option(names = "--patience", description = "Epochs without progress before the end; 0: none.")
  int patience;

  @Option(names = "--bad-rows", description = "Rows with null or NaN: ${COMPLETION-CANDIDATES}")
  BadRows badRows = BadRows.FAIL;

  @Option(names = "--shuffle-window", paramLabel = "ROWS", description = "Rows shuffled at a time.")
  int window = 1024;

  @Option(names = "--checkpoint", paramLabel = "PATH", description = "Folder for checkpoints.")
  String checkpoint;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      description = "Also between the ends of epochs.")
  long checkpointEvery;

  @Option(names = "--resume", description = "Goes on from the last checkpoint.")
  boolean resume;

  @Option(
      names = "--exact-resume",
      description = "Refuses input that may give other rows when training goes on.")
  boolean exactResume;

  @Option(names = "--slot-timeout", paramLabel = "SECONDS", description = "To wait for executors.")
  long slotTimeout = 300;

  @Option(names = "--ranks-per-executor", description = "Most ranks that share an executor.")
  int ranksPerExecutor = 1;

  @Option(names = "--out", paramLabel = "PATH", description = "Where the model is saved.")
  String out = "arclight-model";

  @Override
  public Integer call() {
    requireSensible();
    SparkSession spark = session();
    OutFolder.requireWritable(spark, out);
    boolean splits = source.hasSplits();
    Dataset<Row> train = splits ? source.load(spark, "train") : source.load(spark);
    List<String> columns = DataOptions.features(features);
    ModelInputs inputs = ModelInputs.of(train, columns, label, task, badRows);
    TrainedModel trained = trainer(inputs, columns).fit(train);
    String hash = trained.save(out);
    history(out(), trained.history());
    if (trained.restarts() > 0) {
      out().println("restarted " + trained.restarts() + " times");
    }
    out().println("model saved to " + out + " (version " + hash.substring(0, 12) + ")");
    Dataset<Row> shown = splits ? source.load(spark, "test") : train;
    Evaluation.of(spark, shown, out, trained.program().signature(), label)
        .print(out(), splits ? "test rows" : "training rows");
    sample(shown, columns);
    out().flush();
    return 0;
  }

  private void requireSensible() {
    require("--workers", workers, 1, Double.POSITIVE_INFINITY);
    require("--epochs", epochs, 1, Double.POSITIVE_INFINITY);
    require("--batch-size", batchSize, 1, Double.POSITIVE_INFINITY);
    require("--shuffle-window", window, 1, Double.POSITIVE_INFINITY);
    require("--accumulate", accumulate, 1, Double.POSITIVE_INFINITY);
    require("--ranks-per-executor", ranksPerExecutor, 1, Double.POSITIVE_INFINITY);
    require("--slot-timeout", slotTimeout, 0, Double.POSITIVE_INFINITY);
    require("--checkpoint-every", checkpointEvery, 0, Double.POSITIVE_INFINITY);
    require("--patience", patience, 0, Double.POSITIVE_INFINITY);
    require("--lr", lr, 0, Double.POSITIVE_INFINITY);
    require("--clip-grad-norm", clip, 0, Double.POSITIVE_INFINITY);
    require("--dropout", dropout, 0, 1);
    require("--validation-fraction", validation, 0, 1);
    if (resume && checkpoint == null) {
      throw wrong("--resume needs --checkpoint with the folder of the checkpoints");
    }
    if (checkpointEvery > 0 && checkpoint == null) {
      throw wrong("--checkpoint-every needs --checkpoint with a folder");
    }
    if (warmup != null && warmup.size() != 2) {
      throw wrong("--warmup needs two numbers: STEPS,TOTAL");
    }
  }

  private SparkTrainer<?> trainer(ModelInputs inputs, List<String> columns) {
    ModelChoice choice = new ModelChoice(model, inputs.width(), inputs.outputs(), dropout);
    boolean classes = task == Task.CLASSIFICATION;
    Loss loss = classes ? new CrossEntropyLoss() : new MSELoss();
    Label learned = classes ? Label.classes(label, inputs.classes()) : Label.target(label);
    var trainer =
        SparkTrainer.of(choice)
            .loss(loss)
            .optimizer(new OptimizerChoice(optimizer, lr))
            .features(
                columns.size() == 1
                    ? Features.column(columns.get(0))
                    : Features.columns(columns.toArray(new String[0])))
            .label(learned)
            .badRows(badRows)
            .shuffleWindow(window)
            .globalBatchSize(batchSize)
            .epochs(epochs)
            .workers(workers)
            .accumulate(accumulate)
            .clipGradNorm(clip)
            .seed(seed)
            .device(device)
            .validationFraction(validation)
            .exactResume(exactResume ? ExactResume.REQUIRED : ExactResume.WHERE_POSSIBLE)
            .earlyStopping(patience)
            .settings(
                RunSettings.defaults()
                    .with(new Placement(ranksPerExecutor, Duration.ofSeconds(slotTimeout))));
    if (warmup != null) {
      long steps = warmup.get(0);
      long total = warmup.get(1);
      trainer.scheduler(o -> new CosineWarmup(o, steps, total));
    }
    if (checkpoint != null) {
      trainer.checkpoint(checkpoint).checkpointEvery(checkpointEvery);
    }
    if (dropLast) {
      trainer.dropLast();
    }
    return resume ? trainer.resume() : trainer;
  }

  private static void history(PrintWriter out, List<EpochMetrics> epochs) {
    out.println();
    out.println("epoch   steps      rows   loss     accuracy  val.loss  val.acc   rows/s");
    for (EpochMetrics e : epochs) {
      out.println(
          String.format(
              Locale.ROOT,
              "%5d  %6d  %8d   %.4f   %7s   %7s  %7s  %7.0f",
              e.epoch() + 1,
              e.step(),
              e.rows(),
              e.loss(),
              number(e.accuracy()),
              number(e.validationLoss()),
              number(e.validationAccuracy()),
              e.rows() / e.seconds()));
    }
  }

  private static String number(double v) {
    return Double.isNaN(v) ? "-" : String.format(Locale.ROOT, "%.4f", v);
  }

  private void sample(Dataset<Row> rows, List<String> columns) {
    rows.createOrReplaceTempView("arclight_rows");
    String arguments = String.join(", ", columns.stream().map(Sql::name).toList());
    String call = "predict(" + Sql.text(out) + ", " + arguments + ")";
    String sql = "SELECT " + Sql.name(label) + ", " + call + " AS prediction FROM arclight_rows";
    out().println();
    out().println(sql + " LIMIT 10");
    out().println(rows.sparkSession().sql(sql).limit(10).showString(10, 40, false));
  }
}
