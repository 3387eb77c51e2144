package io.arclight.spark.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.UnaryNode;
import scala.Function1;
import scala.collection.IndexedSeq;
import scala.collection.Seq;

/** Some columns of the child with the answers of calls appended. */
public final class PredictNode extends LogicalPlan implements UnaryNode {
  private static final long serialVersionUID = 1L;

  private final Seq<Expression> calls;
  private final Seq<Attribute> results;
  private final Seq<Attribute> kept;
  private final LogicalPlan child;

  /**
   * @param calls {@link Predict} expressions of just columns
   * @param results one attribute a call
   * @param kept columns of the child that stay
   */
  public PredictNode(
      Seq<Expression> calls, Seq<Attribute> results, Seq<Attribute> kept, LogicalPlan child) {
    this.calls = calls;
    this.results = results;
    this.kept = kept;
    this.child = child;
  }

  Seq<Expression> calls() {
    return calls;
  }

  Seq<Attribute> results() {
    return results;
  }

  Seq<Attribute> kept() {
    return kept;
  }

  @Override
  public LogicalPlan child() {
    return child;
  }

  @Override
  public Seq<LogicalPlan> children() {
    return ScalaSeq.of(List.of(child));
  }

  @Override
  public Seq<Attribute> output() {
    List<Attribute> all = ScalaSeq.list(kept);
    all.addAll(ScalaSeq.list(results));
    return ScalaSeq.of(all);
  }

  @Override
  public AttributeSet producedAttributes() {
    return AttributeSet.apply(ScalaSeq.<Expression>of(ScalaSeq.<Expression>list(results)));
  }

  @Override
  public LogicalPlan withNewChildInternal(LogicalPlan next) {
    return new PredictNode(calls, results, kept, next);
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> next) {
    return withNewChildInternal(next.apply(0));
  }

  @Override
  public LogicalPlan mapChildren(Function1<LogicalPlan, LogicalPlan> f) {
    return UnaryNode.super.mapChildren(f);
  }

  @Override
  public int productArity() {
    return 4;
  }

  @Override
  public Object productElement(int n) {
    return n == 0 ? calls : n == 1 ? results : n == 2 ? kept : child;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof PredictNode;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PredictNode n
        && n.calls.equals(calls)
        && n.results.equals(results)
        && n.kept.equals(kept)
        && n.child.equals(child);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * calls.hashCode() + results.hashCode()) + child.hashCode();
  }
}
