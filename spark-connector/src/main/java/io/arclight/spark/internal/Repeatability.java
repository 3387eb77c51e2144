package io.arclight.spark.internal;

import io.arclight.datasource.PinnedTable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.expressions.CurrentDate;
import org.apache.spark.sql.catalyst.expressions.CurrentTimestampLike;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LocalTimestamp;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.PythonUDF;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Range;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.collection.JavaConverters;

/** Whether reading a DataFrame again gives the same rows in the same order. */
public final class Repeatability {
  private Repeatability() {}

  /** Parts of the plan that may give other rows the next time; none when it is repeatable. */
  public static List<String> obstacles(Dataset<?> data) {
    List<String> obstacles = new ArrayList<>();
    collect(data.queryExecution().withCachedData(), obstacles);
    return obstacles;
  }

  private static void collect(LogicalPlan node, List<String> obstacles) {
    String name = name(node);
    if (!isRepeatable(node)) {
      obstacles.add(name);
      return;
    }
    for (Expression expression : JavaConverters.seqAsJavaList(node.expressions())) {
      if (Expressions.any(expression, Repeatability::varies)) {
        obstacles.add(name + " with " + expression.sql());
      }
    }
    JavaConverters.seqAsJavaList(node.children()).forEach(child -> collect(child, obstacles));
  }

  private static String name(LogicalPlan node) {
    if (node instanceof LogicalRelation relation) {
      return relation.relation().toString();
    }
    if (node instanceof DataSourceV2Relation source) {
      return "source " + source.table().name();
    }
    return node.nodeName().trim();
  }

  private static boolean isRepeatable(LogicalPlan node) {
    if (node instanceof LogicalRelation relation) {
      return relation.relation() instanceof HadoopFsRelation;
    }
    if (node instanceof DataSourceV2Relation source) {
      return source.table() instanceof PinnedTable;
    }
    return node instanceof Project
        || node instanceof Filter
        || node instanceof SubqueryAlias
        || node instanceof View
        || node instanceof Union
        || node instanceof Generate
        || node instanceof LocalRelation
        || node instanceof Range;
  }

  private static boolean varies(Expression expression) {
    return !expression.deterministic()
        || expression instanceof PlanExpression
        || expression instanceof PythonUDF
        || expression instanceof CurrentDate
        || expression instanceof CurrentTimestampLike
        || expression instanceof LocalTimestamp;
  }
}
