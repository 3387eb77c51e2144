package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.CompareOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All expressions that differ from one in a single place. */
public final class ExprMutants {

  /** An expression with what was done to it. */
  public record Mutated(String what, Expr expr) {}

  private final Expr root;
  private final List<Mutated> out = new ArrayList<>();

  private ExprMutants(Expr root) {
    this.root = root;
  }

  public static List<Mutated> of(Expr root) {
    ExprMutants mutants = new ExprMutants(root);
    Set<Expr> nodes = new LinkedHashSet<>();
    Exprs.substitute(
        root,
        e -> {
          nodes.add(e);
          return e;
        });
    nodes.forEach(mutants::node);
    return mutants.out;
  }

  /** As {@link #of}, of an expression in a kernel: addresses and 64-bit integers stay. */
  static List<Mutated> inKernel(Expr root) {
    Map<Expr, Expr> loads = new HashMap<>();
    Expr opaque = withoutLoads(root, loads);
    Map<Expr, Expr> back = new HashMap<>();
    loads.forEach((load, name) -> back.put(name, load));
    return of(opaque).stream()
        .map(m -> new Mutated(m.what, Exprs.substitute(m.expr, e -> back.getOrDefault(e, e))))
        .toList();
  }

  private static Expr withoutLoads(Expr e, Map<Expr, Expr> names) {
    boolean number = e.type() == Type.I64 && (e instanceof Expr.Binary || e instanceof Expr.Int);
    if (number || e instanceof Expr.Load) {
      return names.computeIfAbsent(e, x -> new Expr.Var("opaque" + names.size(), x.type()));
    }
    return Exprs.mapOperands(e, x -> withoutLoads(x, names));
  }

  private void node(Expr e) {
    if (e instanceof Expr.Real r && Double.isFinite(r.value())) {
      replace(e, r.value() + " + 1", new Expr.Real(r.type(), r.value() + 1));
      if (r.value() != 0) {
        replace(e, "-" + r.value(), new Expr.Real(r.type(), -r.value()));
      }
    } else if (e instanceof Expr.Int i && i.type() != Type.BOOL) {
      replace(e, i.value() + " + 1", new Expr.Int(i.type(), i.value() + 1));
    } else if (e instanceof Expr.Unary u) {
      if (u.type() == u.a().type()) {
        replace(e, "without " + u.op(), u.a());
      } else {
        replace(e, u.op() + " never", Exprs.FALSE);
      }
    } else if (e instanceof Expr.Binary b) {
      binary(b);
    } else if (e instanceof Expr.Compare c) {
      for (CompareOp op : others(c.op())) {
        replace(e, c.op() + " as " + op, new Expr.Compare(op, c.a(), c.b()));
      }
    } else if (e instanceof Expr.Select s) {
      replace(
          e,
          "SELECT swapped",
          new Expr.Select(s.condition(), /* then= */ s.otherwise(), /* otherwise= */ s.then()));
      replace(e, "SELECT always", s.then());
      replace(e, "SELECT never", s.otherwise());
    } else if (e instanceof Expr.Call c) {
      replace(e, "without " + c.function(), c.arguments().get(0));
      if (c.arguments().size() == 2) {
        Expr swapped =
            new Expr.Call(c.function(), List.of(c.arguments().get(1), c.arguments().get(0)));
        replace(e, c.function() + " swapped", swapped);
      }
    } else if (e instanceof Expr.Fma f) {
      replace(e, "FMA without product", f.c());
      replace(e, "FMA without sum", Exprs.mul(f.a(), f.b()));
    }
  }

  private void binary(Expr.Binary b) {
    for (BinaryOp op : others(b.op(), b.type())) {
      replace(b, b.op() + " as " + op, new Expr.Binary(op, b.a(), b.b()));
    }
    boolean ordered =
        switch (b.op()) {
          case SUB, DIV, REM, SHL, SHR, USHR, COPYSIGN, POW, ATAN2 -> true;
          default -> false;
        };
    if (ordered) {
      replace(b, b.op() + " swapped", new Expr.Binary(b.op(), b.b(), b.a()));
    }
    replace(b, b.op() + " without its right", b.a());
    replace(b, b.op() + " without its left", b.b());
  }

  private static List<BinaryOp> others(BinaryOp op, Type type) {
    return switch (op) {
      case ADD -> List.of(BinaryOp.SUB);
      case SUB -> List.of(BinaryOp.ADD);
      case MUL -> List.of(type.isFloat() ? BinaryOp.DIV : BinaryOp.ADD);
      case DIV -> List.of(BinaryOp.MUL);
      case REM -> List.of(BinaryOp.DIV);
      case MIN -> List.of(BinaryOp.MAX);
      case MAX -> List.of(BinaryOp.MIN);
      case AND -> List.of(BinaryOp.OR);
      case OR -> List.of(BinaryOp.AND);
      case XOR -> List.of(BinaryOp.OR);
      case SHL -> List.of(BinaryOp.SHR);
      case SHR, USHR -> List.of(BinaryOp.SHL);
      case COPYSIGN, POW, ATAN2 -> List.of();
    };
  }

  private static List<CompareOp> others(CompareOp op) {
    return switch (op) {
      case EQ -> List.of(CompareOp.NE);
      case NE -> List.of(CompareOp.EQ);
      case LT -> List.of(CompareOp.LE, CompareOp.GE);
      case LE -> List.of(CompareOp.LT, CompareOp.GT);
      case GT -> List.of(CompareOp.GE, CompareOp.LE);
      case GE -> List.of(CompareOp.GT, CompareOp.LT);
    };
  }

  private void replace(Expr node, String what, Expr by) {
    Expr mutated = Exprs.substitute(root, e -> e.equals(node) ? by : e);
    if (!mutated.equals(root)) {
      out.add(new Mutated(what, mutated));
    }
  }
}
