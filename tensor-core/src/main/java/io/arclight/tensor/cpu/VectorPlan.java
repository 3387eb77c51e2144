package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.HalfConversion;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decides which loops become vectors, and of how many lanes. */
final class VectorPlan {
  private static final int SMALL = 24;
  private static final int MEDIUM = 160;
  private static final long UNKNOWN = Long.MIN_VALUE;

  /** Which loads and stores the processor can do with lanes switched off. */
  enum Masking {
    NONE,
    /** Consecutive elements of 4 or 8 bytes. */
    WORDS,
    ALL
  }

  private final int vectorBytes;
  private final Masking masking;
  private final HalfConversion halves;

  VectorPlan(int vectorBytes, Masking masking, HalfConversion halves) {
    this.vectorBytes = vectorBytes;
    this.masking = masking;
    this.halves = halves;
  }

  /** For a processor with these LLVM features. */
  static VectorPlan of(String features) {
    List<String> all = List.of(features.split(","));
    boolean avx512 = all.contains("+avx512f");
    boolean avx2 = all.contains("+avx2");
    boolean everything = avx512 && all.contains("+avx512bw") && all.contains("+avx512vl");
    return new VectorPlan(
        avx512 ? 64 : avx2 ? 32 : 16,
        everything ? Masking.ALL : avx2 ? Masking.WORDS : Masking.NONE,
        all.contains("+f16c") ? HalfConversion.PROCESSOR : HalfConversion.INTEGERS);
  }

  /** How F16 elements are converted. */
  HalfConversion halves() {
    return halves;
  }

  Masking masking() {
    return masking;
  }

  /** Lanes for a loop: no more than it has turns, where these are known. */
  int lanes(Stmt.Vector loop) {
    int lanes = lanes(loop.body());
    return loop.extent() instanceof Expr.Int turns && turns.value() > 0
        ? (int) Math.min(lanes, Long.highestOneBit(turns.value()))
        : lanes;
  }

  /** Lanes for a loop with this body: several registers of them where there is little to do. */
  int lanes(List<Stmt> body) {
    int nodes = nodes(body);
    int registers = picks(body) ? 1 : nodes <= SMALL ? 4 : nodes <= MEDIUM ? 2 : 1;
    return fewestLanes(body) * registers;
  }

  /**
   * Whether a loop does little but load from where it has loaded: then one by one is faster, as a
   * processor takes a gathering load apart all the same, and cannot run ahead of it meanwhile to
   * fetch what comes next.
   */
  static boolean onlyPicks(List<Stmt> body) {
    return picks(body) && nodes(body) <= SMALL;
  }

  private static int nodes(List<Stmt> body) {
    int[] nodes = new int[1];
    ExprWalk.visit(body, e -> nodes[0]++);
    return nodes[0];
  }

  private static boolean picks(List<Stmt> body) {
    Set<String> loaded = new HashSet<>();
    for (Stmt statement : body) {
      if (statement instanceof Stmt.Let let && loads(let.value(), loaded)) {
        loaded.add(let.var().name());
      }
    }
    boolean[] found = new boolean[1];
    ExprWalk.visit(body, e -> found[0] |= e instanceof Expr.Load l && loads(l.index(), loaded));
    return found[0];
  }

  private static boolean loads(Expr e, Set<String> loaded) {
    return e instanceof Expr.Load
        || e instanceof Expr.Var v && loaded.contains(v.name())
        || ExprWalk.operands(e).stream().anyMatch(operand -> loads(operand, loaded));
  }

  /** Lanes of one register. */
  int fewestLanes(List<Stmt> body) {
    boolean[] wide = new boolean[1];
    ExprWalk.visit(body, e -> wide[0] |= e.type() == Type.F64);
    return Math.max(4, vectorBytes / (wide[0] ? 8 : 4));
  }

  /**
   * Whether a loop is better vectorised than the loops and reductions inside: not if it holds
   * another such loop, and of a reduction's loads more must be consecutive in {@code loop}'s index
   * than in the reduction's.
   */
  static boolean vectorises(Stmt.Vector loop) {
    return vectorises(loop.index(), loop.body(), new HashMap<>());
  }

  private static boolean vectorises(
      Expr.Var index, List<? extends Stmt> body, Map<String, Expr> lets) {
    for (Stmt statement : body) {
      if (statement instanceof Stmt.Let let) {
        lets.put(let.var().name(), let.value());
      } else if (statement instanceof Stmt.Vector || statement instanceof Stmt.Scan) {
        return false;
      } else if (statement instanceof Stmt.Serial serial) {
        if (!vectorises(index, serial.body(), lets)) {
          return false;
        }
      } else if (statement instanceof Stmt.Reduce reduce) {
        reduce.body().forEach(let -> lets.put(let.var().name(), let.value()));
        int[] gain = new int[1];
        ExprWalk.visit(
            List.of(reduce),
            e -> {
              if (e instanceof Expr.Load load) {
                gain[0] += stride(load.index(), index, lets) == 1 ? 1 : 0;
                gain[0] -= stride(load.index(), reduce.index(), lets) == 1 ? 1 : 0;
              }
            });
        if (gain[0] <= 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** What {@code e} grows by when {@code variable} grows by one, if that is a constant. */
  private static long stride(Expr e, Expr.Var variable, Map<String, Expr> lets) {
    if (e instanceof Expr.Var v) {
      Expr value = lets.get(v.name());
      return v.name().equals(variable.name())
          ? 1
          : value == null ? 0 : stride(value, variable, lets);
    } else if (e instanceof Expr.Binary b) {
      long x = stride(b.a(), variable, lets);
      long y = stride(b.b(), variable, lets);
      if (x == 0 && y == 0) {
        return 0;
      } else if (x == UNKNOWN || y == UNKNOWN) {
        return UNKNOWN;
      }
      return switch (b.op()) {
        case ADD -> x + y;
        case SUB -> x - y;
        case MUL ->
            b.b() instanceof Expr.Int c
                ? x * c.value()
                : b.a() instanceof Expr.Int c ? y * c.value() : UNKNOWN;
        default -> UNKNOWN;
      };
    }
    for (Expr operand : ExprWalk.operands(e)) {
      if (stride(operand, variable, lets) != 0) {
        return UNKNOWN;
      }
    }
    return 0;
  }
}
