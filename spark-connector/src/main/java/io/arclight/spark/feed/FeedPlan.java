package io.arclight.spark.feed;

import io.arclight.spark.internal.ColumnarPath;
import io.arclight.spark.internal.Linkage;
import io.arclight.spark.internal.PartitionFiles;
import io.arclight.spark.internal.Repeatability;
import io.arclight.spark.internal.SessionPlans;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.Partition;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.SparkPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a DataFrame will be read, planned once on the driver and kept over restarts.
 *
 * <p>Planning runs the stages below the plan's last shuffle when adaptive execution is on.
 */
public final class FeedPlan {
  private static final Logger LOG = LoggerFactory.getLogger(FeedPlan.class);
  private static final int SPLITS_PER_LANE = 4;
  private static final String MAX_COLUMNAR_FIELDS = "100000";

  private final RDD<?> parent;
  private final Partition[] partitions;
  private final FeedSpec spec;
  private final Optional<LabelTable> labels;
  private final String path;
  private final Optional<String> variation;

  private FeedPlan(
      RDD<?> parent,
      Partition[] partitions,
      FeedSpec spec,
      Optional<LabelTable> labels,
      String path,
      Optional<String> variation) {
    this.parent = parent;
    this.partitions = partitions;
    this.spec = spec;
    this.labels = labels;
    this.path = path;
    this.variation = variation;
  }

  /**
   * Plans the reading of {@code data}.
   *
   * @throws FeedException when the columns do not fit the mapping or the data is empty
   */
  public static FeedPlan of(Dataset<?> data, ColumnMapping mapping, FeedOptions options) {
    ResolvedColumns columns = mapping.resolve(data);
    Column[] selected =
        columns.columns().stream().map(ColumnResolver::column).toArray(Column[]::new);
    FeedPlan plan =
        Linkage.check(
            "reading a DataFrame's plan",
            () -> plan(data.toDF().select(selected), columns, mapping.badRows(), options));
    LOG.info("Feeding {}: {}", columns.columns(), plan.path);
    if (options.shuffle() == Shuffle.GLOBAL) {
      Spool.obstacle(data.sparkSession().sparkContext().conf())
          .ifPresent(
              why -> {
                throw new FeedException(Spool.required() + ": " + why);
              });
    }
    return plan;
  }

  /** Tensors of the batches, in order. */
  public List<Field> fields() {
    return spec.fields();
  }

  /** Classes of the label, when it has classes. */
  public Optional<LabelTable> labels() {
    return labels;
  }

  /** The splits, recorded so that a resumed run can compare them with its own. */
  public SplitPlan splits() {
    return spec.plan();
  }

  /** The order of samples. */
  public FeedOptions options() {
    return spec.options();
  }

  /** Lanes with something to read, on the rank that has most. */
  public int mostLanes(int ranks) {
    return Arrays.stream(splits().rankLanes(options(), ranks)).max().orElse(0);
  }

  /** Rows of a rank's share of a global batch, on the rank that has most. */
  public int mostRows(int ranks) {
    return Arrays.stream(splits().rankRows(options(), ranks)).max().orElse(0);
  }

  /**
   * Checks that the input is repeatable where that is required.
   *
   * @throws FeedException that names the parts of the plan that are not
   */
  public void require(ExactResume resume) {
    if (resume == ExactResume.REQUIRED && !splits().repeatable()) {
      throw new FeedException(
          ("exact resume is required, but reading the input again may give other rows because of"
                  + " %s; write the data to a table and train on that, or do without exact resume")
              .formatted(String.join(", ", splits().obstacles())));
    }
  }

  /**
   * The same, but executors keep what they have read in Spark's local folders for later epochs, up
   * to {@code spark.arclight.spool.limit} bytes a rank (16g; 0 for none) and not under {@code
   * spark.io.encryption.enabled}. A plan with random values or code of the user's runs in every
   * epoch as before.
   */
  public FeedPlan spooled() {
    if (spec.spooled()) {
      variation.ifPresent(
          what ->
              LOG.warn(
                  "Every epoch has the rows as they were first read, by shuffle(GLOBAL), though {} may"
                      + " give other values each time",
                  what));
      return this;
    }
    if (variation.isPresent()) {
      LOG.info("Every epoch runs the plan, as {} may give other values each time", variation.get());
      return this;
    }
    return with(spec.withSpool());
  }

  /**
   * The same, but each rank reads all its rows into Spark's local folders before the first batch,
   * so that {@link Shuffle#GLOBAL} serves the first epoch too.
   *
   * @throws FeedException for another shuffle, which has no use for it
   */
  public FeedPlan materialized() {
    if (options().shuffle() != Shuffle.GLOBAL) {
      throw new FeedException(
          "materializing serves shuffle(GLOBAL), but the shuffle is %s: use that, or leave it out"
              .formatted(options().shuffle()));
    }
    return with(spec.materializedFirst());
  }

  private FeedPlan with(FeedSpec other) {
    return new FeedPlan(parent, partitions, other, labels, path, variation);
  }

  /** Which way rows are read and why, in one line. */
  public String path() {
    return path;
  }

  RDD<?> parent() {
    return parent;
  }

  Partition[] partitions() {
    return partitions;
  }

  FeedSpec spec() {
    return spec;
  }

  private static FeedPlan plan(
      Dataset<Row> data, ResolvedColumns columns, BadRows badRows, FeedOptions options) {
    Dataset<Row> planned = SessionPlans.with(data, settings(options));
    SparkPlan root = planned.queryExecution().executedPlan();
    ColumnarPath columnar = ColumnarPath.of(root);
    boolean rows = columnar.obstacle().isPresent();
    SparkPlan node = rows ? root : columnar.node();
    RDD<?> parent = rows ? root.execute() : node.executeColumnar();
    Partition[] partitions = parent.partitions();
    SplitPlan splits =
        SplitPlanner.plan(
            partitions,
            PartitionFiles.areParquet(node),
            rows ? SplitPlanner.Empty.KEEP : SplitPlanner.Empty.DROP,
            planned.sparkSession().sessionState().newHadoopConf(),
            Repeatability.obstacles(planned));
    FeedSpec spec =
        new FeedSpec(
            columns.fields(),
            bind(columns, rows ? null : columnar.ordinals()),
            badRows,
            options,
            splits,
            rows ? FeedSpec.ReadPath.ROWS : FeedSpec.ReadPath.COLUMNAR,
            rows ? null : columnar.filter().orElse(null),
            options.shuffle() == Shuffle.GLOBAL,
            false);
    return new FeedPlan(
        parent,
        partitions,
        spec,
        columns.labels(),
        describe(columnar),
        Repeatability.variation(planned));
  }

  /** Finds the columns by their place in the selection, which the root of the plan keeps. */
  private static List<FieldCopier> bind(ResolvedColumns columns, int[] ordinals) {
    return columns.copiers().stream()
        .map(
            copier ->
                copier.at(
                    name -> {
                      int place = columns.columns().indexOf(name);
                      return ordinals == null ? place : ordinals[place];
                    }))
        .toList();
  }

  private static String describe(ColumnarPath columnar) {
    return columnar
        .obstacle()
        .map(why -> "row by row because " + why)
        .orElseGet(columnar::describe);
  }

  /** Split sizes must not follow the number of cores, or a restart would see other splits. */
  private static Map<String, String> settings(FeedOptions options) {
    String splits = Integer.toString(SPLITS_PER_LANE * options.lanes());
    return Map.of(
        "spark.sql.files.minPartitionNum", splits,
        "spark.sql.leafNodeDefaultParallelism", splits,
        "spark.sql.codegen.maxFields", MAX_COLUMNAR_FIELDS);
  }
}
