package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * Scans: the elements up to every place of a dimension, merged. Sums and products of float32 are
 * carried as float64, as in PyTorch.
 */
final class Scan {
  /** How many places of a row are merged among themselves, so that they do not wait in turn. */
  private static final int GROUP = 4;

  /** What is scanned. */
  interface Rule {
    /** What is carried to the first place. */
    List<Expr> start();

    /** One element at {@code position}, from what is loaded. */
    List<Expr> element(List<Expr> loaded, Expr position);

    /** Those up to a place, and those behind. */
    List<Expr> merge(List<Expr> before, List<Expr> behind);

    /** The outputs at a place. */
    List<Expr> outputs(List<Expr> merged);

    /** Whether elements may be merged before what was carried to them. */
    boolean associative();
  }

  private record Place(RowKernel kernel, int[] in, int[] out, Lines.Line line, Rule rule) {
    List<Expr> load(Expr position) {
      List<Expr> loaded = new ArrayList<>();
      for (int b : in) {
        loaded.add(line.of(b).at(position));
      }
      return rule.element(loaded, position);
    }

    List<Expr> let(String stem, List<Expr> values) {
      return values.stream().map(e -> (Expr) kernel.let(stem, e)).toList();
    }

    void store(Expr position, List<Expr> merged) {
      List<Expr> outputs = rule.outputs(merged);
      for (int b = 0; b < out.length; b++) {
        Expr at = add(line.base(), mul(position, line.stride()));
        kernel.add(kernel.store(out[b], at, outputs.get(b)));
      }
    }
  }

  private Scan() {}

  static Lines lines(Tensor like, int dim) {
    // Rows of whatever length: their results go to as many places as they have elements.
    return Indexing.inner(like, dim) > 1 ? Lines.COLUMNS : Lines.ROWS;
  }

  /** Runs {@code kernel} along {@code dim} of dense tensors of one shape. */
  static void launch(String op, Executable kernel, int dim, Tensor... buffers) {
    Tensor like = buffers[0];
    if (like.elements() > 0) {
      long n = like.dim(dim);
      long inner = Indexing.inner(like, dim);
      lines(like, dim).launch(op, kernel, like.elements() / (n * inner), n, inner, buffers);
    }
  }

  static Executable build(
      String name,
      Lines lines,
      ScanOp.Direction direction,
      List<DType> reads,
      List<DType> writes,
      Rule rule) {
    RowKernel k = new RowKernel(name);
    int[] in = reads.stream().mapToInt(k::reads).toArray();
    int[] out = writes.stream().mapToInt(k::writes).toArray();
    lines.build(
        k,
        line -> {
          Place place = new Place(k, in, out, line, rule);
          boolean groups = lines == Lines.ROWS && rule.associative();
          Expr whole = groups ? k.let("groups", div(line.n(), int64(GROUP))) : int64(0);
          List<Expr> carried = rule.start();
          if (groups) {
            carried = loop(place, direction, carried, int64(0), whole, GROUP);
          }
          Expr done = mul(whole, int64(GROUP));
          loop(place, direction, carried, done, sub(line.n(), done), 1);
        });
    return k.build();
  }

  /** A loop over {@code count} groups of {@code size} places, from place {@code first} on. */
  private static List<Expr> loop(
      Place place, ScanOp.Direction direction, List<Expr> start, Expr first, Expr count, int size) {
    RowKernel k = place.kernel;
    Expr.Var i = k.fresh("i", Type.I64);
    List<Expr.Var> carried = start.stream().map(e -> k.fresh("carried", e.type())).toList();
    List<Expr> next = new ArrayList<>();
    List<Stmt> body =
        k.block(
            () -> {
              List<Expr> group = null;
              List<Expr> merged = null;
              for (int g = 0; g < size; g++) {
                Expr turn = k.let("turn", add(first, add(mul(i, int64(size)), int64(g))));
                Expr position =
                    direction == ScanOp.Direction.FORWARD
                        ? turn
                        : sub(sub(place.line.n(), int64(1)), turn);
                List<Expr> element = place.let("element", place.load(position));
                group =
                    group == null ? element : place.let("group", place.rule.merge(group, element));
                merged = place.let("merged", place.rule.merge(List.copyOf(carried), group));
                place.store(position, merged);
              }
              next.addAll(merged);
            });
    List<Stmt.Carried> all = new ArrayList<>();
    for (int c = 0; c < start.size(); c++) {
      all.add(new Stmt.Carried(carried.get(c), start.get(c), next.get(c)));
    }
    k.add(new Stmt.Serial(i, count, all, body));
    return List.copyOf(carried);
  }

  /** The type that sums and products of {@code dtype} are carried in. */
  static Type wide(DType dtype) {
    Type t = dtype.type().value();
    return t == Type.F32 ? Type.F64 : t;
  }
}
