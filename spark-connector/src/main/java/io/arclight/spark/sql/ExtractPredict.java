package io.arclight.spark.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
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
    if (prunes(plan) && below(plan) instanceof Filter filter) {
      LogicalPlan shared = overFilter(plan, filter);
      if (shared != null) {
        return shared;
      }
    }
    LogicalPlan done = children(plan);
    if (done instanceof PredictNode || done.children().size() != 1) {
      return done;
    }
    Extraction extraction = new Extraction(done.children().head());
    List<Expression> expressions = ScalaSeq.list(done.expressions());
    extraction.extract(expressions, new ArrayList<>(), prunes(done));
    return extraction.isEmpty() ? done : withoutCalls(done, extraction);
  }

  /** Whether columns of the child that {@code plan} does not name are of no use. */
  private static boolean prunes(LogicalPlan plan) {
    return plan instanceof Project || plan instanceof Aggregate;
  }

  /** The child, without a projection that only chooses columns for an aggregation. */
  private static LogicalPlan below(LogicalPlan plan) {
    LogicalPlan child = plan.children().head();
    return plan instanceof Aggregate
            && child instanceof Project project
            && ScalaSeq.<NamedExpression>list(project.projectList()).stream()
                .allMatch(Attribute.class::isInstance)
        ? project.child()
        : child;
  }

  /** {@code plan} with attributes for calls, and its own output. */
  private static LogicalPlan withoutCalls(LogicalPlan plan, Extraction extraction) {
    LogicalPlan next = plan.withNewChildren(ScalaSeq.of(List.of(extraction.child())));
    next = next.mapExpressions(extraction.replacement());
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
  private LogicalPlan overFilter(LogicalPlan plan, Filter filter) {
    List<Expression> plain = new ArrayList<>();
    List<Expression> calling = new ArrayList<>();
    conjuncts(filter.condition(), plain, calling);
    if (calling.stream().noneMatch(Extraction::calls)) {
      return null;
    }
    LogicalPlan base = apply(filter.child());
    LogicalPlan below = plain.isEmpty() ? base : new Filter(and(plain), base);
    Extraction extraction = new Extraction(below);
    List<Expression> expressions = ScalaSeq.list(plan.expressions());
    extraction.extract(calling, expressions, true);
    if (extraction.isEmpty()) {
      return null;
    }
    extraction.on(new Filter(and(calling), extraction.child()));
    extraction.extract(expressions, new ArrayList<>(), true);
    return withoutCalls(plan, extraction);
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
