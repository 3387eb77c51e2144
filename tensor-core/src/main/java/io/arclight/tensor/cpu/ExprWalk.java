package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Visits the expressions of statements, each shared object once. */
final class ExprWalk {
  private ExprWalk() {}

  static List<Expr> operands(Expr e) {
    if (e instanceof Expr.Unary u) {
      return List.of(u.a());
    } else if (e instanceof Expr.Binary b) {
      return List.of(b.a(), b.b());
    } else if (e instanceof Expr.Compare c) {
      return List.of(c.a(), c.b());
    } else if (e instanceof Expr.Select s) {
      return List.of(s.condition(), s.then(), s.otherwise());
    } else if (e instanceof Expr.Fma f) {
      return List.of(f.a(), f.b(), f.c());
    } else if (e instanceof Expr.Cast c) {
      return List.of(c.a());
    } else if (e instanceof Expr.Bitcast b) {
      return List.of(b.a());
    } else if (e instanceof Expr.Load l) {
      return List.of(l.index());
    } else if (e instanceof Expr.Check c) {
      return List.of(c.ok(), c.reported(), c.value(), c.fallback());
    }
    return List.of();
  }

  /** Visits every expression in the statements, those of nested statements too. */
  static void visit(List<? extends Stmt> statements, Consumer<Expr> visitor) {
    Set<Expr> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Stmt statement : statements) {
      visit(statement, seen, visitor);
    }
  }

  private static void visit(Stmt statement, Set<Expr> seen, Consumer<Expr> visitor) {
    List<Expr> exprs = new ArrayList<>();
    List<Stmt> nested = new ArrayList<>();
    if (statement instanceof Stmt.Let let) {
      exprs.add(let.value());
    } else if (statement instanceof Stmt.Store store) {
      exprs.add(store.index());
      exprs.add(store.value());
    } else if (statement instanceof Stmt.Vector vector) {
      exprs.add(vector.extent());
      nested.addAll(vector.body());
    } else if (statement instanceof Stmt.Serial serial) {
      exprs.add(serial.extent());
      for (Stmt.Carried carried : serial.carried()) {
        exprs.add(carried.init());
        exprs.add(carried.next());
      }
      nested.addAll(serial.body());
    } else if (statement instanceof Stmt.Reduce reduce) {
      exprs.add(reduce.extent());
      exprs.addAll(reduce.values());
      exprs.addAll(reduce.identity());
      exprs.addAll(reduce.combine().out());
      nested.addAll(reduce.body());
      nested.addAll(reduce.combine().body());
    } else if (statement instanceof Stmt.Scan scan) {
      exprs.add(scan.extent());
      exprs.addAll(scan.values());
      exprs.addAll(scan.identity());
      exprs.addAll(scan.combine().out());
      nested.addAll(scan.body());
      nested.addAll(scan.combine().body());
      nested.addAll(scan.then());
    }
    exprs.forEach(e -> visit(e, seen, visitor));
    nested.forEach(s -> visit(s, seen, visitor));
  }

  private static void visit(Expr e, Set<Expr> seen, Consumer<Expr> visitor) {
    if (seen.add(e)) {
      visitor.accept(e);
      operands(e).forEach(operand -> visit(operand, seen, visitor));
    }
  }
}
