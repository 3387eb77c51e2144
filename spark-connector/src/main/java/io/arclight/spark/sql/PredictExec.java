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
import scala.Function1;
import scala.collection.IndexedSeq;
import scala.collection.Seq;
import scala.collection.immutable.HashMap;
import scala.collection.immutable.Map;
import scala.reflect.ClassTag$;

/** Runs models on batches of the child's rows and appends their answers. */
public final class PredictExec extends SparkPlan implements UnaryExecNode {
  private static final long serialVersionUID = 1L;
  static final int DEFAULT_BATCH = 10_000;

  private final Seq<Expression> calls;
  private final Seq<Attribute> results;
  private final int batch;
  private final SparkPlan child;
  private transient Map<String, SQLMetric> metrics;

  /**
   * @param batch most rows of a batch
   */
  public PredictExec(Seq<Expression> calls, Seq<Attribute> results, int batch, SparkPlan child) {
    this.calls = calls;
    this.results = results;
    this.batch = batch;
    this.child = child;
  }

  @Override
  public RDD<InternalRow> doExecute() {
    PredictRows rows =
        new PredictRows(
            ScalaSeq.<Expression>list(calls),
            ScalaSeq.<Attribute>list(child.output()),
            ScalaSeq.<Attribute>list(output()),
            batch,
            metrics().apply("numOutputRows"),
            metrics().apply("numBatches"),
            metrics().apply("modelTime"));
    return child.execute().mapPartitions(rows, true, ClassTag$.MODULE$.apply(InternalRow.class));
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
    List<Attribute> all = ScalaSeq.list(child.output());
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
    return new PredictExec(calls, results, batch, next);
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
    return 4;
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? calls : n == 1 ? results : n == 2 ? (Object) batch : child;
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
        && e.batch == batch
        && e.child.equals(child);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * calls.hashCode() + results.hashCode()) + child.hashCode();
  }
}
