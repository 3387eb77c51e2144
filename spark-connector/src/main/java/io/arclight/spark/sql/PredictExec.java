package io.arclight.spark.sql;

import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.UnaryExecNode;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.Function1;
import scala.collection.IndexedSeq;
import scala.collection.Seq;
import scala.collection.immutable.HashMap;
import scala.collection.immutable.Map;
import scala.reflect.ClassTag$;

/**
 * Runs models on batches of the child's rows and appends their answers to some of its columns;
 * takes and gives columnar batches where the child has them.
 */
public final class PredictExec extends SparkPlan implements UnaryExecNode {
  private static final long serialVersionUID = 1L;
  static final int DEFAULT_BATCH = 10_000;

  private final Seq<Expression> calls;
  private final Seq<Attribute> results;
  private final Seq<Attribute> kept;
  private final int batch;
  private final SparkPlan child;
  private transient Map<String, SQLMetric> metrics;

  /**
   * @param calls {@link Predict} expressions of just columns
   * @param results one attribute a call
   * @param kept columns of the child that stay
   * @param batch most rows of a batch
   */
  public PredictExec(
      Seq<Expression> calls,
      Seq<Attribute> results,
      Seq<Attribute> kept,
      int batch,
      SparkPlan child) {
    this.calls = calls;
    this.results = results;
    this.kept = kept;
    this.batch = batch;
    this.child = child;
  }

  private PredictWork work() {
    return new PredictWork(
        ScalaSeq.<Expression>list(calls).stream().map(Predict.class::cast).toList(),
        ScalaSeq.list(child.output()),
        ScalaSeq.list(kept),
        ScalaSeq.list(output()),
        batch,
        new PredictMetrics(
            metrics().apply("numOutputRows"),
            metrics().apply("numBatches"),
            metrics().apply("modelTime")));
  }

  @Override
  public boolean supportsColumnar() {
    return child.supportsColumnar();
  }

  @Override
  public RDD<InternalRow> doExecute() {
    return child
        .execute()
        .mapPartitions(new PredictRows(work()), true, ClassTag$.MODULE$.apply(InternalRow.class));
  }

  @Override
  public RDD<ColumnarBatch> doExecuteColumnar() {
    return child
        .executeColumnar()
        .mapPartitions(
            new PredictBatches(work()), true, ClassTag$.MODULE$.apply(ColumnarBatch.class));
  }

  @Override
  public synchronized Map<String, SQLMetric> metrics() {
    if (metrics == null) {
      metrics =
          new HashMap<String, SQLMetric>()
              .updated(
                  "numOutputRows", SQLMetrics.createMetric(sparkContext(), "number of output rows"))
              .updated("numBatches", SQLMetrics.createMetric(sparkContext(), "number of batches"))
              .updated(
                  "modelTime",
                  SQLMetrics.createNanoTimingMetric(sparkContext(), "time in model", -1L));
    }
    return metrics;
  }

  @Override
  public SparkPlan child() {
    return child;
  }

  @Override
  public Seq<SparkPlan> children() {
    return ScalaSeq.of(List.of(child));
  }

  @Override
  public Seq<Attribute> output() {
    List<Attribute> all = ScalaSeq.list(kept);
    all.addAll(ScalaSeq.list(results));
    return ScalaSeq.of(all);
  }

  @Override
  public AttributeSet producedAttributes() {
    return AttributeSet.apply(ScalaSeq.<Expression>of(ScalaSeq.<Expression>list(results)));
  }

  @Override
  public Partitioning outputPartitioning() {
    return child.outputPartitioning();
  }

  @Override
  public Seq<SortOrder> outputOrdering() {
    return child.outputOrdering();
  }

  @Override
  public SparkPlan withNewChildInternal(SparkPlan next) {
    return new PredictExec(calls, results, kept, batch, next);
  }

  @Override
  public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> next) {
    return withNewChildInternal(next.apply(0));
  }

  @Override
  public SparkPlan mapChildren(Function1<SparkPlan, SparkPlan> f) {
    return UnaryExecNode.super.mapChildren(f);
  }

  /** What scalac makes for a trait's call of super, and javac does not. */
  @SuppressWarnings("MemberName")
  public String org$apache$spark$sql$execution$UnaryExecNode$$super$formattedNodeName() {
    return super.formattedNodeName();
  }

  @Override
  public int productArity() {
    return 5;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> calls;
      case 1 -> results;
      case 2 -> kept;
      case 3 -> batch;
      default -> child;
    };
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof PredictExec;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PredictExec e
        && e.calls.equals(calls)
        && e.results.equals(results)
        && e.kept.equals(kept)
        && e.batch == batch
        && e.child.equals(child);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * calls.hashCode() + results.hashCode()) + child.hashCode();
  }
}
