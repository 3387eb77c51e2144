package io.arclight.spark.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.Metadata;
import scala.Function1;
import scala.Option;
import scala.runtime.AbstractFunction1;

/** Calls on their way from the expressions of an operator into nodes below it. */
final class Extraction {
  private final Map<Expression, Attribute> found = new LinkedHashMap<>();
  private LogicalPlan child;

  Extraction(LogicalPlan child) {
    this.child = child;
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /** The operator's child, with nodes for the calls found so far. */
  LogicalPlan child() {
    return child;
  }

  /** Goes on above {@code next}, an operator on {@link #child()}. */
  void on(LogicalPlan next) {
    child = next;
  }

  /**
   * Adds nodes for the calls in {@code from}, inner ones below outer ones, and puts attributes for
   * known calls there and in {@code also}.
   *
   * @param prunes whether only columns that these expressions need have to pass
   */
  void extract(List<Expression> from, List<Expression> also, boolean prunes) {
    for (boolean more = from.stream().anyMatch(Extraction::calls); more; ) {
      from.replaceAll(this::replace);
      also.replaceAll(this::replace);
      List<Expression> calls = new ArrayList<>();
      from.forEach(e -> collect(e, calls));
      more = !calls.isEmpty();
      if (more) {
        List<Attribute> results = new ArrayList<>();
        for (Expression call : calls) {
          Attribute result =
              new AttributeReference(
                  "prediction" + found.size(),
                  call.dataType(),
                  true,
                  Metadata.empty(),
                  NamedExpression.newExprId(),
                  ScalaSeq.of(List.of()));
          found.put(call, result);
          results.add(result);
        }
        from.replaceAll(this::replace);
        also.replaceAll(this::replace);
        add(
            calls,
            results,
            prunes ? references(Stream.concat(from.stream(), also.stream())) : null);
      }
    }
  }

  private void collect(Expression e, List<Expression> calls) {
    if (e instanceof Predict
        && children(e).stream().noneMatch(Extraction::calls)
        && !any(e, AggregateExpression.class::isInstance)
        && e.references().subsetOf(child.outputSet())) {
      if (calls.stream().noneMatch(call -> same(call, e))) {
        calls.add(e);
      }
      return;
    }
    children(e).forEach(c -> collect(c, calls));
  }

  /** A node for {@code calls}; what they compute is computed in a projection below it. */
  private void add(List<Expression> calls, List<Attribute> results, AttributeSet needed) {
    List<Attribute> kept = new ArrayList<>(ScalaSeq.<Attribute>list(child.output()));
    if (needed != null) {
      kept.removeIf(a -> !needed.contains(a));
    }
    List<NamedExpression> computed = new ArrayList<>();
    calls.replaceAll(call -> overColumns(call, computed));
    if (!computed.isEmpty()) {
      AttributeSet read = references(calls.stream());
      List<NamedExpression> list = new ArrayList<>();
      for (Attribute a : ScalaSeq.<Attribute>list(child.output())) {
        if (read.contains(a) || kept.contains(a)) {
          list.add(a);
        }
      }
      list.addAll(computed);
      child = new Project(ScalaSeq.of(list), child);
    }
    if (child.isStreaming()) {
      calls.replaceAll(call -> ((Predict) call).forNextBatch());
    }
    child = new PredictNode(ScalaSeq.of(calls), ScalaSeq.of(results), ScalaSeq.of(kept), child);
  }

  private static Expression overColumns(Expression call, List<NamedExpression> computed) {
    List<Expression> columns = children(call);
    columns.replaceAll(
        e -> {
          if (e instanceof Attribute) {
            return e;
          }
          Alias alias =
              new Alias(
                  e,
                  "argument" + computed.size(),
                  NamedExpression.newExprId(),
                  ScalaSeq.of(List.of()),
                  Option.empty(),
                  ScalaSeq.of(List.of()));
          computed.add(alias);
          return alias.toAttribute();
        });
    return call.withNewChildren(ScalaSeq.of(columns));
  }

  /** {@code e} with attributes for known calls. */
  private Expression replace(Expression e) {
    List<Expression> next = new ArrayList<>();
    boolean changed = false;
    for (Expression c : children(e)) {
      Expression done = replace(c);
      changed |= done != c;
      next.add(done);
    }
    Expression now = changed ? e.withNewChildren(ScalaSeq.of(next)) : e;
    if (now instanceof Predict) {
      for (Map.Entry<Expression, Attribute> entry : found.entrySet()) {
        if (same(entry.getKey(), now)) {
          return entry.getValue();
        }
      }
    }
    return now;
  }

  /** What is not deterministic has no semantic equal, not even itself. */
  private static boolean same(Expression a, Expression b) {
    return a.equals(b) || a.semanticEquals(b);
  }

  Function1<Expression, Expression> replacement() {
    return new AbstractFunction1<>() {
      @Override
      public Expression apply(Expression e) {
        return replace(e);
      }
    };
  }

  /** Whether a model is called in {@code e}. */
  static boolean calls(Expression e) {
    return any(e, Predict.class::isInstance);
  }

  private static boolean any(Expression e, Predicate<Expression> test) {
    return test.test(e) || children(e).stream().anyMatch(c -> any(c, test));
  }

  private static List<Expression> children(Expression e) {
    return ScalaSeq.list(e.children());
  }

  private static AttributeSet references(Stream<Expression> all) {
    return AttributeSet.fromAttributeSets(ScalaSeq.of(all.map(Expression::references).toList()));
  }
}
