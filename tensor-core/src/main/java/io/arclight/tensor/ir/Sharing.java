package io.arclight.tensor.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Binds sub-expressions that occur several times in a statement to variables.
 *
 * <p>Equality is decided bottom up over numbered operands, so that the work is linear in the number
 * of distinct objects; comparing or printing the expressions themselves is exponential in the
 * nesting.
 */
final class Sharing {
  private final Kernel kernel;
  private final List<Kernel.Buffer> buffers;
  private final Function<Expr, Expr> rewrite;
  private final StoreRewrite stored;
  private final Set<String> names = new HashSet<>();
  private int next;

  /** What is stored in a buffer in the place of a value. */
  interface StoreRewrite {
    Expr apply(int buffer, Expr value);
  }

  /**
   * {@code rewrite} is applied to each expression of a statement first, to those that are stored
   * after {@code stored}.
   *
   * @param buffers of the resulting kernel
   */
  Sharing(
      Kernel kernel,
      List<Kernel.Buffer> buffers,
      Function<Expr, Expr> rewrite,
      StoreRewrite stored) {
    this.kernel = kernel;
    this.buffers = buffers;
    this.rewrite = rewrite;
    this.stored = stored;
    names.add(kernel.row().name());
    collectNames(kernel.body());
  }

  Kernel share() {
    return new Kernel(
        kernel.name(),
        buffers,
        kernel.params(),
        kernel.row(),
        kernel.vectorRows(),
        block(kernel.body()));
  }

  private List<Stmt> block(List<? extends Stmt> statements) {
    List<Stmt> result = new ArrayList<>();
    for (Stmt statement : statements) {
      if (statement instanceof Stmt.Let let) {
        Bound bound = bind(List.of(let.value()));
        result.addAll(bound.lets());
        result.add(new Stmt.Let(let.var(), bound.exprs().get(0)));
      } else if (statement instanceof Stmt.Store s) {
        Bound bound = bind(List.of(s.index(), stored.apply(s.buffer(), s.value())));
        result.addAll(bound.lets());
        result.add(new Stmt.Store(s.buffer(), bound.exprs().get(0), bound.exprs().get(1)));
      } else if (statement instanceof Stmt.Vector v) {
        Bound bound = bind(List.of(v.extent()));
        result.addAll(bound.lets());
        result.add(new Stmt.Vector(v.index(), bound.exprs().get(0), block(v.body())));
      } else if (statement instanceof Stmt.Serial s) {
        serial(s, result);
      } else if (statement instanceof Stmt.Reduce r) {
        reduce(r, result);
      } else if (statement instanceof Stmt.Scan c) {
        scan(c, result);
      }
    }
    return result;
  }

  private void serial(Stmt.Serial s, List<Stmt> result) {
    List<Expr> before = new ArrayList<>();
    before.add(s.extent());
    s.carried().forEach(c -> before.add(c.init()));
    Bound outer = bind(before);
    List<Stmt> body = new ArrayList<>(block(s.body()));
    Bound inner = bind(s.carried().stream().map(Stmt.Carried::next).toList());
    body.addAll(inner.lets());
    List<Stmt.Carried> carried = new ArrayList<>();
    for (int i = 0; i < s.carried().size(); i++) {
      carried.add(
          new Stmt.Carried(
              s.carried().get(i).var(), outer.exprs().get(i + 1), inner.exprs().get(i)));
    }
    result.addAll(outer.lets());
    result.add(new Stmt.Serial(s.index(), outer.exprs().get(0), carried, body));
  }

  private void reduce(Stmt.Reduce r, List<Stmt> result) {
    List<Expr> before = new ArrayList<>();
    before.add(r.extent());
    before.addAll(r.identity());
    Bound outer = bind(before);
    result.addAll(outer.lets());
    Inner values = inner(r.body(), r.values());
    result.add(
        new Stmt.Reduce(
            r.index(),
            outer.exprs().get(0),
            values.lets(),
            values.exprs(),
            r.results(),
            outer.exprs().subList(1, before.size()),
            combined(r.combine())));
  }

  private void scan(Stmt.Scan c, List<Stmt> result) {
    List<Expr> before = new ArrayList<>();
    before.add(c.extent());
    before.addAll(c.identity());
    Bound outer = bind(before);
    result.addAll(outer.lets());
    Inner values = inner(c.body(), c.values());
    result.add(
        new Stmt.Scan(
            c.index(),
            outer.exprs().get(0),
            c.lanes(),
            values.lets(),
            values.exprs(),
            c.results(),
            outer.exprs().subList(1, before.size()),
            combined(c.combine()),
            block(c.then())));
  }

  private Stmt.Combine combined(Stmt.Combine combine) {
    Inner inner = inner(combine.body(), combine.out());
    return new Stmt.Combine(combine.left(), combine.right(), inner.lets(), inner.exprs());
  }

  private record Inner(List<Stmt.Let> lets, List<Expr> exprs) {}

  private Inner inner(List<Stmt.Let> body, List<Expr> exprs) {
    List<Stmt.Let> lets = new ArrayList<>();
    Bound bound = bind(exprs);
    for (Stmt let : Stream.concat(block(body).stream(), bound.lets().stream()).toList()) {
      if (!(let instanceof Stmt.Let l)) {
        throw new IllegalArgumentException("a function with loops inside a reduction");
      }
      lets.add(l);
    }
    return new Inner(lets, bound.exprs());
  }

  private record Bound(List<Stmt> lets, List<Expr> exprs) {}

  /** A loop with its initial values' numbers: those that agree run once. */
  private record Loop(long times, List<Expr> next, List<Integer> init) {}

  private Expr loop(
      Expr.Repeat repeat, Loop key, List<Stmt> before, Map<Loop, List<Expr.Var>> loops) {
    List<Expr.Var> known = loops.get(key);
    if (known == null) {
      Map<Expr, Expr> renamed = new HashMap<>();
      List<Expr.Var> fresh = new ArrayList<>();
      for (Expr.Var v : repeat.carried()) {
        fresh.add(new Expr.Var(freshName(), v.type()));
        renamed.put(v, fresh.get(fresh.size() - 1));
      }
      Expr.Var index = new Expr.Var(freshName(), Type.I64);
      renamed.put(repeat.index(), index);
      List<Stmt.Carried> carried = new ArrayList<>();
      for (int i = 0; i < fresh.size(); i++) {
        Expr next =
            Exprs.substitute(
                repeat.next().get(i), e -> e instanceof Expr.Var ? renamed.getOrDefault(e, e) : e);
        carried.add(new Stmt.Carried(fresh.get(i), repeat.init().get(i), next));
      }
      Stmt.Serial loop = new Stmt.Serial(index, Exprs.int64(repeat.times()), carried, List.of());
      serial(loop, before);
      known = fresh;
      loops.put(key, known);
    }
    return known.get(repeat.result());
  }

  private Bound bind(List<Expr> exprs) {
    Graph graph = new Graph();
    List<Integer> roots = new ArrayList<>();
    for (Expr e : exprs) {
      roots.add(graph.number(rewrite.apply(e)));
    }
    for (int root : roots) {
      graph.uses[root]++;
    }
    List<Stmt> lets = new ArrayList<>();
    Map<Loop, List<Expr.Var>> loops = new HashMap<>();
    Expr[] rebuilt = new Expr[graph.nodes.size()];
    // Operands have smaller numbers than what uses them.
    for (int i = 0; i < rebuilt.length; i++) {
      List<Integer> operands = graph.operands.get(i);
      int[] at = {0};
      Expr e = Exprs.mapOperands(graph.nodes.get(i), operand -> rebuilt[operands.get(at[0]++)]);
      if (e instanceof Expr.Repeat repeat) {
        rebuilt[i] = loop(repeat, new Loop(repeat.times(), repeat.next(), operands), lets, loops);
        continue;
      }
      if (graph.uses[i] > 1 && !operands.isEmpty()) {
        Expr.Var variable = new Expr.Var(freshName(), e.type());
        lets.add(new Stmt.Let(variable, e));
        e = variable;
      }
      rebuilt[i] = e;
    }
    return new Bound(lets, roots.stream().map(root -> rebuilt[root]).toList());
  }

  /** Distinct nodes, numbered from the operands up. */
  private static final class Graph {
    final List<Expr> nodes = new ArrayList<>();
    final List<List<Integer>> operands = new ArrayList<>();
    int[] uses = new int[16];
    private final IdentityHashMap<Expr, Integer> byIdentity = new IdentityHashMap<>();
    private final Map<Key, Integer> byMeaning = new HashMap<>();

    /** {@code what} is the node less its operands, or the leaf itself. */
    private record Key(Object what, Type type, List<Integer> operands) {}

    int number(Expr e) {
      Integer known = byIdentity.get(e);
      if (known != null) {
        return known;
      }
      List<Integer> below = new ArrayList<>();
      Exprs.mapOperands(
          e,
          operand -> {
            below.add(number(operand));
            return operand;
          });
      Key key = new Key(what(e), e.type(), below);
      Integer same = byMeaning.get(key);
      if (same == null) {
        same = nodes.size();
        byMeaning.put(key, same);
        nodes.add(e);
        operands.add(below);
        if (same == uses.length) {
          uses = java.util.Arrays.copyOf(uses, 2 * same);
        }
        for (int operand : below) {
          uses[operand]++;
        }
      }
      byIdentity.put(e, same);
      return same;
    }

    private static Object what(Expr e) {
      if (e instanceof Expr.Unary u) {
        return u.op();
      } else if (e instanceof Expr.Binary b) {
        return b.op();
      } else if (e instanceof Expr.Compare c) {
        return c.op();
      } else if (e instanceof Expr.Load l) {
        return List.of(Expr.Load.class, l.buffer());
      } else if (e instanceof Expr.Check c) {
        return c.code();
      } else if (e instanceof Expr.Call c) {
        return c.function();
      } else if (e instanceof Expr.Repeat r) {
        return List.of(r.times(), r.next(), r.result());
      } else if (e instanceof Expr.Select
          || e instanceof Expr.Fma
          || e instanceof Expr.Cast
          || e instanceof Expr.Bitcast) {
        return e.getClass();
      }
      return e;
    }
  }

  private String freshName() {
    String name;
    do {
      name = "t" + next++;
    } while (!names.add(name));
    return name;
  }

  private void collectNames(List<? extends Stmt> statements) {
    for (Stmt statement : statements) {
      if (statement instanceof Stmt.Let let) {
        names.add(let.var().name());
      } else if (statement instanceof Stmt.Vector v) {
        names.add(v.index().name());
        collectNames(v.body());
      } else if (statement instanceof Stmt.Serial s) {
        names.add(s.index().name());
        s.carried().forEach(c -> names.add(c.var().name()));
        collectNames(s.body());
      } else if (statement instanceof Stmt.Reduce r) {
        names.add(r.index().name());
        r.results().forEach(v -> names.add(v.name()));
        collectNames(r.body());
        collectNames(r.combine());
      } else if (statement instanceof Stmt.Scan c) {
        names.add(c.index().name());
        c.results().forEach(v -> names.add(v.name()));
        collectNames(c.body());
        collectNames(c.combine());
        collectNames(c.then());
      }
    }
  }

  private void collectNames(Stmt.Combine combine) {
    combine.left().forEach(v -> names.add(v.name()));
    combine.right().forEach(v -> names.add(v.name()));
    collectNames(combine.body());
  }
}
