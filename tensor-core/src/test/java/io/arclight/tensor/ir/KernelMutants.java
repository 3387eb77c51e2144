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
      folded(r.results(), r.values(), r.identity(), r.combine());
    } else if (s instanceof Stmt.Scan c) {
      address(c.extent());
      c.body().forEach(this::place);
      c.then().forEach(this::place);
      folded(c.results(), c.values(), c.identity(), c.combine());
    }
  }

  private void folded(
      List<Expr.Var> results, List<Expr> values, List<Expr> identity, Stmt.Combine combine) {
    for (int i = 0; i < values.size(); i++) {
      bound(results.get(i), values.get(i));
      bound(results.get(i), identity.get(i));
      bound(results.get(i), combine.out().get(i));
      if (places.contains(results.get(i))) {
        places.add(combine.left().get(i));
        places.add(combine.right().get(i));
      }
    }
    combine.body().forEach(this::place);
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
      Fold f = fold(r.results(), r.body(), r.values(), r.identity(), r.combine(), roots);
      return new Stmt.Reduce(
          r.index(), r.extent(), f.body, f.values, r.results(), f.identity, f.combine);
    } else if (s instanceof Stmt.Scan c) {
      Fold f = fold(c.results(), c.body(), c.values(), c.identity(), c.combine(), roots);
      return new Stmt.Scan(
          c.index(),
          c.extent(),
          c.lanes(),
          f.body,
          f.values,
          c.results(),
          f.identity,
          f.combine,
          statements(c.then(), roots));
    }
    throw new IllegalStateException(s.toString());
  }

  private Stmt.Let let(Stmt.Let l, List<Named> roots) {
    return new Stmt.Let(l.var(), of(l.var(), l.var().name(), l.value(), roots));
  }

  private record Fold(
      List<Stmt.Let> body, List<Expr> values, List<Expr> identity, Stmt.Combine combine) {}

  private Fold fold(
      List<Expr.Var> results,
      List<Stmt.Let> lets,
      List<Expr> elements,
      List<Expr> none,
      Stmt.Combine combine,
      List<Named> roots) {
    List<Stmt.Let> body = lets.stream().map(l -> let(l, roots)).toList();
    List<Expr> values = new ArrayList<>();
    List<Expr> identity = new ArrayList<>();
    List<Expr> combined = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      Expr.Var result = results.get(i);
      values.add(of(result, result.name() + " of one", elements.get(i), roots));
      identity.add(of(result, result.name() + " of none", none.get(i), roots));
    }
    List<Stmt.Let> combining = combine.body().stream().map(l -> let(l, roots)).toList();
    for (int i = 0; i < elements.size(); i++) {
      Expr.Var result = results.get(i);
      combined.add(of(result, result.name() + " of two", combine.out().get(i), roots));
    }
    return new Fold(
        body,
        values,
        identity,
        new Stmt.Combine(combine.left(), combine.right(), combining, combined));
  }
}
