package io.arclight.spark.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.types.Metadata;
import scala.runtime.AbstractFunction1;

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
    LogicalPlan child = done.children().apply(0);
    Calls calls = new Calls();
    for (Expression e : ScalaSeq.<Expression>list(done.expressions())) {
      calls.collect(e, child);
    }
    return calls.isEmpty() ? done : calls.replaceIn(done, calls.node(child));
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
    LogicalPlan base = apply(filter.child());
    Calls calls = new Calls();
    calling.forEach(e -> calls.collect(e, base));
    if (calls.isEmpty()) {
      return null;
    }
    LogicalPlan below = plain.isEmpty() ? base : new Filter(and(plain), base);
    LogicalPlan kept = new Filter(calls.replace(and(calling)), calls.node(below));
    Calls later = new Calls(calls);
    for (NamedExpression e : ScalaSeq.<NamedExpression>list(project.projectList())) {
      later.collect((Expression) e, below);
    }
    LogicalPlan top = later.isEmpty() ? kept : later.node(kept);
    List<NamedExpression> list = new ArrayList<>();
    for (NamedExpression e : ScalaSeq.<NamedExpression>list(project.projectList())) {
      list.add((NamedExpression) later.replace((Expression) e));
    }
    return new Project(ScalaSeq.of(list), top);
  }

  private static void conjuncts(Expression e, List<Expression> plain, List<Expression> calling) {
    if (e instanceof And and) {
      conjuncts(and.left(), plain, calling);
      conjuncts(and.right(), plain, calling);
    } else {
      (calls(e) || !e.deterministic() ? calling : plain).add(e);
    }
  }

  private static Expression and(List<Expression> all) {
    return all.stream().reduce(And::new).orElseThrow();
  }

  private static boolean calls(Expression e) {
    return e instanceof Predict
        || ScalaSeq.<Expression>list(e.children()).stream().anyMatch(ExtractPredict::calls);
  }

  private static boolean aggregates(Expression e) {
    return e instanceof AggregateExpression
        || ScalaSeq.<Expression>list(e.children()).stream().anyMatch(ExtractPredict::aggregates);
  }

  /** Calls and the attributes that stand for them. */
  private static final class Calls {
    private final Calls known;
    private final Map<Expression, Attribute> found = new LinkedHashMap<>();

    Calls() {
      this(null);
    }

    /**
     * @param known calls that run already
     */
    Calls(Calls known) {
      this.known = known;
    }

    boolean isEmpty() {
      return found.isEmpty();
    }

    void collect(Expression e, LogicalPlan child) {
      boolean nested =
          ScalaSeq.<Expression>list(e.children()).stream().anyMatch(ExtractPredict::calls);
      if (e instanceof Predict
          && !nested
          && !aggregates(e)
          && e.references().subsetOf(child.outputSet())) {
        if (attribute(e) == null) {
          found.put(
              e,
              new AttributeReference(
                  "prediction" + found.size(),
                  e.dataType(),
                  true,
                  Metadata.empty(),
                  NamedExpression.newExprId(),
                  ScalaSeq.of(List.of())));
        }
        return;
      }
      for (Expression c : ScalaSeq.<Expression>list(e.children())) {
        collect(c, child);
      }
    }

    private Attribute attribute(Expression e) {
      for (Map.Entry<Expression, Attribute> entry : found.entrySet()) {
        if (entry.getKey().semanticEquals(e)) {
          return entry.getValue();
        }
      }
      return known == null ? null : known.attribute(e);
    }

    LogicalPlan node(LogicalPlan child) {
      return new PredictNode(
          ScalaSeq.of(new ArrayList<>(found.keySet())),
          ScalaSeq.of(new ArrayList<>(found.values())),
          child);
    }

    Expression replace(Expression e) {
      if (e instanceof Predict) {
        Attribute at = attribute(e);
        if (at != null) {
          return at;
        }
      }
      List<Expression> next = new ArrayList<>();
      boolean changed = false;
      for (Expression c : ScalaSeq.<Expression>list(e.children())) {
        Expression done = replace(c);
        changed |= done != c;
        next.add(done);
      }
      return changed ? e.withNewChildren(ScalaSeq.of(next)) : e;
    }

    /** {@code plan} on {@code child} with attributes for calls, and its own output. */
    LogicalPlan replaceIn(LogicalPlan plan, LogicalPlan child) {
      LogicalPlan next = plan.withNewChildren(ScalaSeq.of(List.of(child)));
      next =
          (LogicalPlan)
              next.mapExpressions(
                  new AbstractFunction1<Expression, Expression>() {
                    @Override
                    public Expression apply(Expression e) {
                      return replace(e);
                    }
                  });
      if (next.output().equals(plan.output())) {
        return next;
      }
      return new Project(
          ScalaSeq.<NamedExpression>of(ScalaSeq.<Attribute>list(plan.output())), next);
    }
  }
}
