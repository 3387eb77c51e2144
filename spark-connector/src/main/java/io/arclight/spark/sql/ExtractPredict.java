package io.arclight.spark.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Moves calls of models out of operators with one child into a {@link PredictNode} below them. A
 * call in both SELECT and WHERE runs once; conditions without calls stay below the model.
 */
public final class ExtractPredict extends Rule<LogicalPlan> {

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (plan instanceof Project project && project.child() instanceof Filter filter) {
      LogicalPlan shared = projectOverFilter(project, filter);
      if (shared != null) {
        return shared;
      }
    }
    LogicalPlan done = children(plan);
    if (done instanceof PredictNode || done.children().size() != 1) {
      return done;
    }
    // What needs a column of the child says so, in these two; elsewhere all columns pass.
    boolean prunes = done instanceof Project || done instanceof Aggregate;
    Extraction extraction = new Extraction(done.children().head());
    List<Expression> expressions = ScalaSeq.list(done.expressions());
    extraction.extract(expressions, new ArrayList<>(), prunes);
    return extraction.isEmpty() ? done : withoutCalls(done, extraction);
  }

  /** {@code plan} with attributes for calls, and its own output. */
  private static LogicalPlan withoutCalls(LogicalPlan plan, Extraction extraction) {
    LogicalPlan next = plan.withNewChildren(ScalaSeq.of(List.of(extraction.child())));
    next = (LogicalPlan) next.mapExpressions(extraction.replacement());
    return next.output().equals(plan.output())
        ? next
        : new Project(ScalaSeq.<NamedExpression>of(ScalaSeq.list(plan.output())), next);
  }

  private LogicalPlan children(LogicalPlan plan) {
    List<LogicalPlan> next = new ArrayList<>();
    boolean changed = false;
    for (LogicalPlan child : ScalaSeq.<LogicalPlan>list(plan.children())) {
      LogicalPlan done = apply(child);
      changed |= done != child;
      next.add(done);
    }
    return changed ? plan.withNewChildren(ScalaSeq.of(next)) : plan;
  }

  /** Null where the condition calls no model. */
  private LogicalPlan projectOverFilter(Project project, Filter filter) {
    List<Expression> plain = new ArrayList<>();
    List<Expression> calling = new ArrayList<>();
    conjuncts(filter.condition(), plain, calling);
    if (calling.stream().noneMatch(Extraction::calls)) {
      return null;
    }
    LogicalPlan base = apply(filter.child());
    LogicalPlan below = plain.isEmpty() ? base : new Filter(and(plain), base);
    Extraction extraction = new Extraction(below);
    List<Expression> list = new ArrayList<>();
    ScalaSeq.<NamedExpression>list(project.projectList()).forEach(e -> list.add((Expression) e));
    extraction.extract(calling, list, true);
    if (extraction.isEmpty()) {
      return null;
    }
    extraction.on(new Filter(and(calling), extraction.child()));
    extraction.extract(list, new ArrayList<>(), true);
    return new Project(
        ScalaSeq.of(list.stream().map(NamedExpression.class::cast).toList()), extraction.child());
  }

  private static void conjuncts(Expression e, List<Expression> plain, List<Expression> calling) {
    if (e instanceof And and) {
      conjuncts(and.left(), plain, calling);
      conjuncts(and.right(), plain, calling);
    } else {
      (Extraction.calls(e) || !e.deterministic() ? calling : plain).add(e);
    }
  }

  private static Expression and(List<Expression> all) {
    return all.stream().reduce(And::new).orElseThrow();
  }
}
