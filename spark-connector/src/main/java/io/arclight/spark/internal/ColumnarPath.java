package io.arclight.spark.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.InputAdapter;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import scala.collection.JavaConverters;

/**
 * The way from a plan's root down to a node that gives columnar batches, if there is one: through
 * projections that only choose and rename columns, and through filters, which are collected.
 */
public final class ColumnarPath {
  private final List<Expression> outputs;
  private final List<Expression> filters = new ArrayList<>();
  private final List<String> conditions = new ArrayList<>();
  private SparkPlan node;
  private String obstacle;

  private ColumnarPath(SparkPlan root) {
    node = root;
    outputs = new ArrayList<>(JavaConverters.seqAsJavaList(root.output()));
  }

  /** Looks for the way; an adaptive plan is run to its last stage to find it. */
  public static ColumnarPath of(SparkPlan root) {
    ColumnarPath path = new ColumnarPath(root);
    while (path.obstacle == null && !path.atBatches()) {
      path.descend();
    }
    if (path.obstacle == null) {
      path.bind();
    }
    return path;
  }

  /** Why no columnar node can be reached, or empty when one is. */
  public Optional<String> obstacle() {
    return Optional.ofNullable(obstacle);
  }

  /** The columnar node. */
  public SparkPlan node() {
    return node;
  }

  /** Where the root's columns are in the node's batches. */
  public int[] ordinals() {
    return outputs.stream().mapToInt(o -> ((BoundReference) o).ordinal()).toArray();
  }

  /** What a row of the node's batches must satisfy, bound to their columns. */
  public Optional<Expression> filter() {
    return filters.stream().reduce(And::new);
  }

  private boolean atBatches() {
    return node.supportsColumnar() && !isWrapper();
  }

  private boolean isWrapper() {
    return node instanceof WholeStageCodegenExec
        || node instanceof InputAdapter
        || node instanceof ColumnarToRowExec;
  }

  /** The node and the filter, for people to read. */
  public String describe() {
    String from = "columnar batches from " + node.nodeName().trim();
    return conditions.isEmpty() ? from : from + ", filtered by " + String.join(" AND ", conditions);
  }

  private void descend() {
    if (isWrapper()) {
      node = node.children().head();
    } else if (node instanceof AdaptiveSparkPlanExec adaptive) {
      node = adaptive.finalPhysicalPlan();
    } else if (node instanceof FilterExec filter) {
      filter(filter);
    } else if (node instanceof ProjectExec project) {
      project(project);
    } else {
      obstacle = node.nodeName().trim() + " gives rows";
    }
  }

  private void filter(FilterExec filter) {
    Expression condition = filter.condition();
    if (!condition.deterministic()) {
      obstacle = "the filter " + condition.sql() + " is not deterministic";
    } else if (Expressions.any(condition, e -> e instanceof PlanExpression)) {
      obstacle = "the filter " + condition.sql() + " has a subquery";
    } else {
      filters.add(condition);
      conditions.add(condition.sql());
      node = filter.child();
    }
  }

  private void project(ProjectExec project) {
    List<NamedExpression> list = JavaConverters.seqAsJavaList(project.projectList());
    for (NamedExpression named : list) {
      if (named instanceof Alias alias && alias.child() instanceof AttributeReference source) {
        replace(alias.exprId(), source);
      } else if (!(named instanceof AttributeReference)) {
        obstacle = "the projection computes " + ((Expression) named).sql();
        return;
      }
    }
    node = project.child();
  }

  private void bind() {
    List<Attribute> columns = JavaConverters.seqAsJavaList(node.output());
    for (int i = 0; i < columns.size(); i++) {
      Attribute column = columns.get(i);
      replace(column.exprId(), new BoundReference(i, column.dataType(), column.nullable()));
    }
  }

  private void replace(ExprId id, Expression by) {
    outputs.replaceAll(e -> Expressions.replace(e, id, by));
    filters.replaceAll(e -> Expressions.replace(e, id, by));
  }
}
