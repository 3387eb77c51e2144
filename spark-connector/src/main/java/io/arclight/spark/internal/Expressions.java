package io.arclight.spark.internal;

import java.util.function.Predicate;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.Function1;
import scala.collection.Iterator;
import scala.runtime.AbstractPartialFunction;

/** Walks over Catalyst expressions. */
final class Expressions {
  private Expressions() {}

  /** Whether any node of the tree satisfies {@code test}. */
  static boolean any(Expression expression, Predicate<Expression> test) {
    if (test.test(expression)) {
      return true;
    }
    Iterator<Expression> children = expression.children().iterator();
    while (children.hasNext()) {
      if (any(children.next(), test)) {
        return true;
      }
    }
    return false;
  }

  /** The tree with every reference to attribute {@code id} replaced. */
  static Expression replace(Expression expression, ExprId id, Expression by) {
    return expression.transform(new Replacement(id, by));
  }

  private static final class Replacement extends AbstractPartialFunction<Expression, Expression> {
    private static final long serialVersionUID = 1L;

    private final ExprId id;
    private final Expression by;

    Replacement(ExprId id, Expression by) {
      this.id = id;
      this.by = by;
    }

    @Override
    public boolean isDefinedAt(Expression node) {
      return node instanceof AttributeReference attribute && attribute.exprId().equals(id);
    }

    @Override
    public <A extends Expression, B> B applyOrElse(A node, Function1<A, B> otherwise) {
      @SuppressWarnings("unchecked")
      B replaced = isDefinedAt(node) ? (B) by : otherwise.apply(node);
      return replaced;
    }
  }
}
