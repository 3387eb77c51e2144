package io.arclight.spark.internal;

import io.arclight.datasource.PinnedTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.apache.spark.sql.catalyst.plans.logical.ObjectProducer;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Range;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.execution.ExternalRDD;
import org.apache.spark.sql.execution.LogicalRDD;
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

  /**
   * A part of the plan that may be meant to give other values each time it runs, such as a random
   * augmentation; empty when there is none.
   */
  public static Optional<String> variation(Dataset<?> data) {
    return variation(data.queryExecution().withCachedData());
  }

  private static Optional<String> variation(LogicalPlan node) {
    // Code of the user's, which Spark knows nothing about.
    if (node instanceof ObjectProducer
        || node instanceof LogicalRDD
        || node instanceof ExternalRDD) {
      return Optional.of(name(node));
    }
    Optional<String> here =
        JavaConverters.seqAsJavaList(node.expressions()).stream()
            .filter(expression -> !expression.deterministic())
            .map(expression -> name(node) + " with " + expression.sql())
            .findFirst();
    return here.isPresent()
        ? here
        : JavaConverters.seqAsJavaList(node.children()).stream()
            .flatMap(child -> variation(child).stream())
            .findFirst();
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
