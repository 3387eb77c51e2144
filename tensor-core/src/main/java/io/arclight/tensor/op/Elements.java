package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.mul;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/**
 * The elements that a reduction makes one result of, {@code buffer[base + i * stride]}, and how
 * they are folded.
 */
record Elements(RowKernel kernel, int buffer, Expr base, Expr stride, Order order) {

  /** In which order elements are folded. */
  enum Order {
    /** In the lanes and blocks of {@link Stmt.Reduce}. */
    LANES,
    /** One after the other. */
    SERIAL
  }

  /** Two tuples, of earlier and of later elements, as one. */
  interface Merge extends BinaryOperator<List<Expr>> {}

  /** Neighbouring elements from {@code base} on. */
  static Elements row(RowKernel kernel, int buffer, Expr base) {
    return new Elements(kernel, buffer, base, Exprs.int64(1), Order.LANES);
  }

  /** Element {@code i}, in the type that it computes in. */
  Expr at(Expr i) {
    return load(buffer, add(base, mul(i, stride)), kernel.type(buffer));
  }

  Expr at(Expr i, Type type) {
    return cast(type, at(i));
  }

  Type type() {
    return kernel.type(buffer);
  }

  /** Stores {@code value(i)} as element i, for i below {@code n}. */
  void map(Expr n, Function<Expr, Expr> value) {
    Expr.Var i = kernel.fresh("i", Type.I64);
    Stmt store = kernel.store(buffer, add(base, mul(i, stride)), value.apply(i));
    kernel.add(
        order == Order.LANES
            ? new Stmt.Vector(i, n, List.of(store))
            : new Stmt.Serial(i, n, List.of(), List.of(store)));
  }

  Expr let(String stem, Expr value) {
    return kernel.let(stem, value);
  }

  /** Folds the tuples {@code values(i)} for i below {@code n}. */
  List<Expr> fold(Expr n, List<Expr> identity, Function<Expr, List<Expr>> values, Merge merge) {
    Expr.Var i = kernel.fresh("i", Type.I64);
    List<Expr.Var> results = variables("acc", identity);
    List<Expr> element = values.apply(i);
    if (order == Order.LANES) {
      List<Expr.Var> left = variables("a", identity);
      List<Expr.Var> right = variables("b", identity);
      List<Expr> merged = merge.apply(List.copyOf(left), List.copyOf(right));
      kernel.add(
          new Stmt.Reduce(
              i, n, List.of(), element, results, identity, new Stmt.Combine(left, right, merged)));
    } else {
      List<Expr> next = merge.apply(List.copyOf(results), element);
      List<Stmt.Carried> carried = new ArrayList<>();
      for (int k = 0; k < results.size(); k++) {
        carried.add(new Stmt.Carried(results.get(k), identity.get(k), next.get(k)));
      }
      kernel.add(new Stmt.Serial(i, n, carried, List.of()));
    }
    return List.copyOf(results);
  }

  /** Folds single values. */
  Expr fold(Expr n, Expr identity, Function<Expr, Expr> value, BinaryOperator<Expr> merge) {
    return fold(
            n,
            List.of(identity),
            i -> List.of(value.apply(i)),
            (a, b) -> List.of(merge.apply(a.get(0), b.get(0))))
        .get(0);
  }

  private List<Expr.Var> variables(String stem, List<Expr> like) {
    return like.stream().map(e -> kernel.fresh(stem, e.type())).toList();
  }
}
