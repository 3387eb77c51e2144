package io.arclight.tensor.ir;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * All kernels that differ from one in a single place of what they compute. Where they read and
 * write stays as it is, and how often loops run: what such a change does to memory is undefined.
 */
public final class KernelMutants {

  /** A kernel with what was done to it. */
  public record Mutated(String what, Kernel kernel) {}

  /** Variables on which addresses depend, or the numbers of iterations. */
  private final Set<Expr.Var> places = new HashSet<>();

  /** The expression to change, counted in the order of the kernel; the rest stays. */
  private int target;

  private int next;
  private Function<Expr, Expr> change;
  private final List<Mutated> out = new ArrayList<>();

  private KernelMutants() {}

  public static List<Mutated> of(Kernel kernel) {
    KernelMutants mutants = new KernelMutants();
    for (int before = -1; before < mutants.places.size(); ) {
      before = mutants.places.size();
      kernel.body().forEach(mutants::place);
    }
    mutants.all(kernel);
    return mutants.out;
  }

  private void all(Kernel kernel) {
    List<Named> roots = new ArrayList<>();
    target = -1;
    walk(kernel.body(), roots);
    for (int r = 0; r < roots.size(); r++) {
      Named root = roots.get(r);
      for (ExprMutants.Mutated m : ExprMutants.inKernel(root.expr)) {
        target = r;
        change = e -> m.expr();
        List<Stmt> body = walk(kernel.body(), new ArrayList<>());
        out.add(
            new Mutated(
                root.name + ": " + m.what(),
                new Kernel(
                    kernel.name(),
                    kernel.buffers(),
                    kernel.params(),
                    kernel.row(),
                    kernel.vectorRows(),
                    body)));
      }
    }
  }

  // ---- what addresses depend on

  private void place(Stmt s) {
    if (s instanceof Stmt.Let l) {
      bound(l.var(), l.value());
    } else if (s instanceof Stmt.Store st) {
      address(st.index());
      addressesIn(st.value());
    } else if (s instanceof Stmt.Vector v) {
      address(v.extent());
      v.body().forEach(this::place);
    } else if (s instanceof Stmt.Serial v) {
      address(v.extent());
      for (Stmt.Carried c : v.carried()) {
        bound(c.var(), c.init());
        bound(c.var(), c.next());
      }
      v.body().forEach(this::place);
    } else if (s instanceof Stmt.Reduce r) {
      address(r.extent());
      r.body().forEach(this::place);
      for (int i = 0; i < r.values().size(); i++) {
        bound(r.results().get(i), r.values().get(i));
        bound(r.results().get(i), r.identity().get(i));
        bound(r.results().get(i), r.combine().out().get(i));
        if (places.contains(r.results().get(i))) {
          places.add(r.combine().left().get(i));
          places.add(r.combine().right().get(i));
        }
      }
      r.combine().body().forEach(this::place);
    }
  }

  private void bound(Expr.Var var, Expr value) {
    if (places.contains(var)) {
      address(value);
    } else {
      addressesIn(value);
    }
  }

  private void address(Expr e) {
    Exprs.substitute(
        e,
        x -> {
          if (x instanceof Expr.Var v) {
            places.add(v);
          }
          return x;
        });
  }

  private void addressesIn(Expr e) {
    Exprs.substitute(
        e,
        x -> {
          if (x instanceof Expr.Load l) {
            address(l.index());
          }
          return x;
        });
  }

  // ---- rebuilding

  private record Named(String name, Expr expr) {}

  private Expr root(String name, Expr e, List<Named> roots) {
    roots.add(new Named(name, e));
    return next++ == target ? change.apply(e) : e;
  }

  private Expr of(Expr.Var var, String name, Expr e, List<Named> roots) {
    return places.contains(var) ? e : root(name, e, roots);
  }

  private List<Stmt> walk(List<Stmt> body, List<Named> roots) {
    next = 0;
    return statements(body, roots);
  }

  private List<Stmt> statements(List<Stmt> body, List<Named> roots) {
    return body.stream().map(s -> statement(s, roots)).toList();
  }

  private Stmt statement(Stmt s, List<Named> roots) {
    if (s instanceof Stmt.Let l) {
      return let(l, roots);
    } else if (s instanceof Stmt.Store st) {
      return new Stmt.Store(
          st.buffer(), st.index(), root("stored in " + st.buffer(), st.value(), roots));
    } else if (s instanceof Stmt.Vector v) {
      return new Stmt.Vector(v.index(), v.extent(), statements(v.body(), roots));
    } else if (s instanceof Stmt.Serial v) {
      List<Stmt.Carried> carried = new ArrayList<>();
      for (Stmt.Carried c : v.carried()) {
        String name = c.var().name();
        carried.add(
            new Stmt.Carried(
                c.var(),
                of(c.var(), name + " at first", c.init(), roots),
                of(c.var(), name + " next", c.next(), roots)));
      }
      return new Stmt.Serial(v.index(), v.extent(), carried, statements(v.body(), roots));
    } else if (s instanceof Stmt.Reduce r) {
      return reduce(r, roots);
    }
    throw new IllegalStateException(s.toString());
  }

  private Stmt.Let let(Stmt.Let l, List<Named> roots) {
    return new Stmt.Let(l.var(), of(l.var(), l.var().name(), l.value(), roots));
  }

  private Stmt reduce(Stmt.Reduce r, List<Named> roots) {
    List<Stmt.Let> body = r.body().stream().map(l -> let(l, roots)).toList();
    List<Expr> values = new ArrayList<>();
    List<Expr> identity = new ArrayList<>();
    List<Expr> combined = new ArrayList<>();
    for (int i = 0; i < r.values().size(); i++) {
      Expr.Var result = r.results().get(i);
      values.add(of(result, result.name() + " of one", r.values().get(i), roots));
      identity.add(of(result, result.name() + " of none", r.identity().get(i), roots));
    }
    List<Stmt.Let> lets = r.combine().body().stream().map(l -> let(l, roots)).toList();
    for (int i = 0; i < r.values().size(); i++) {
      Expr.Var result = r.results().get(i);
      combined.add(of(result, result.name() + " of two", r.combine().out().get(i), roots));
    }
    return new Stmt.Reduce(
        r.index(),
        r.extent(),
        body,
        values,
        r.results(),
        identity,
        new Stmt.Combine(r.combine().left(), r.combine().right(), lets, combined));
  }
}
