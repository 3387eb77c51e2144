package io.arclight.spark.internal;

import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Dataset$;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.Function1;
import scala.runtime.AbstractPartialFunction;

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
    LogicalPlan plan = data.queryExecution().analyzed();
    return Dataset$.MODULE$.ofRows(session, plan.transform(new Move(session)));
  }

  /** File relations plan their splits by the session that they were made in. */
  private static final class Move extends AbstractPartialFunction<LogicalPlan, LogicalPlan> {
    private static final long serialVersionUID = 1L;

    private final transient SparkSession session;

    Move(SparkSession session) {
      this.session = session;
    }

    @Override
    public boolean isDefinedAt(LogicalPlan node) {
      return node instanceof LogicalRelation relation
          && relation.relation() instanceof HadoopFsRelation;
    }

    @Override
    public <A extends LogicalPlan, B> B applyOrElse(A node, Function1<A, B> otherwise) {
      @SuppressWarnings("unchecked")
      B moved = isDefinedAt(node) ? (B) move((LogicalRelation) node) : otherwise.apply(node);
      return moved;
    }

    private LogicalPlan move(LogicalRelation node) {
      HadoopFsRelation files = (HadoopFsRelation) node.relation();
      return node.copy(
          files.copy(
              files.location(),
              files.partitionSchema(),
              files.dataSchema(),
              files.bucketSpec(),
              files.fileFormat(),
              files.options(),
              session),
          node.output(),
          node.catalogTable(),
          node.isStreaming());
    }
  }
}
