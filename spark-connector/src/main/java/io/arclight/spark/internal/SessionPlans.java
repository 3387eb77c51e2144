package io.arclight.spark.internal;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Dataset$;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.collection.JavaConverters;

/** Plans a DataFrame again under other settings, leaving its session as it is. */
public final class SessionPlans {
  private SessionPlans() {}

  /**
   * The same data planned in a copy of its session.
   *
   * @param settings taken where the session has no setting of its own
   */
  public static Dataset<Row> with(Dataset<Row> data, Map<String, String> settings) {
    SparkSession session = data.sparkSession().cloneSession();
    settings.forEach(
        (key, value) -> {
          if (!session.conf().getAll().contains(key)) {
            session.conf().set(key, value);
          }
        });
    LogicalPlan plan = move(data.queryExecution().analyzed(), session);
    return Dataset$.MODULE$.ofRows(session, plan);
  }

  /**
   * Moves file relations, which plan their splits by the session that they were made in.
   *
   * <p>Catalyst's own transformations would drop the change, as relations that differ in their
   * session only are equal.
   */
  private static LogicalPlan move(LogicalPlan node, SparkSession session) {
    if (node instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation files) {
      return move(relation, files, session);
    }
    List<LogicalPlan> children = JavaConverters.seqAsJavaList(node.children());
    List<LogicalPlan> moved = children.stream().map(child -> move(child, session)).toList();
    for (int i = 0; i < moved.size(); i++) {
      if (moved.get(i) != children.get(i)) {
        LogicalPlan copy =
            node.withNewChildrenInternal(JavaConverters.asScalaBuffer(moved).toIndexedSeq());
        copy.copyTagsFrom(node);
        return copy;
      }
    }
    return node;
  }

  private static LogicalPlan move(
      LogicalRelation node, HadoopFsRelation files, SparkSession session) {
    HadoopFsRelation moved =
        files.copy(
            files.location(),
            files.partitionSchema(),
            files.dataSchema(),
            files.bucketSpec(),
            files.fileFormat(),
            files.options(),
            session);
    return node.copy(moved, node.output(), node.catalogTable(), node.isStreaming());
  }
}
