package io.arclight.spark.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import org.apache.spark.sql.internal.SQLConf;
import scala.collection.Seq;

/** Plans {@link PredictNode}. */
public final class PredictStrategy extends SparkStrategy {
  private static final long serialVersionUID = 1L;

  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    if (!(plan instanceof PredictNode node)) {
      return ScalaSeq.of(List.of());
    }
    int batch = SQLConf.get().arrowMaxRecordsPerBatch();
    return ScalaSeq.of(
        List.of(
            new PredictExec(
                node.calls(),
                node.results(),
                node.kept(),
                batch > 0 ? batch : PredictExec.DEFAULT_BATCH,
                planLater(node.child()))));
  }
}
