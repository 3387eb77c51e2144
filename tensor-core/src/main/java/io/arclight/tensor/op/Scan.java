package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Scans: the elements up to every place of a dimension, merged. Sums and products of float32 are
 * carried as float64, as in PyTorch.
 */
final class Scan {
  /** What is scanned. */
  interface Rule {
    /** What is carried to the first place. */
    List<Expr> start();

    /** One element at {@code position}, from what is loaded: of complex numbers both parts. */
    List<Expr> element(List<Expr> loaded, Expr position);

    /** Those up to a place, and those behind. */
    List<Expr> merge(List<Expr> before, List<Expr> behind);

    /** The outputs at a place. */
    List<Expr> outputs(List<Expr> merged);

    /** How many elements may be merged before what was carried to them: a power of two. */
    int lanes();
  }

  private record Place(
      RowKernel kernel,
      List<Elements> in,
      List<Elements> out,
      Lines.Line line,
      ScanOp.Direction direction,
      Rule rule) {
    Expr position(Expr turn) {
      return direction == ScanOp.Direction.FORWARD ? turn : sub(sub(line.n(), int64(1)), turn);
    }

    List<Expr> element(Expr turn) {
      Expr position = position(turn);
      return rule.element(in.stream().map(e -> e.at(position)).toList(), position);
    }

    List<Expr.Var> variables(String stem) {
      return rule.start().stream().map(e -> kernel.fresh(stem, e.type())).toList();
    }

    List<Expr> let(String stem, List<Expr> values) {
      return values.stream().map(e -> (Expr) kernel.let(stem, e)).toList();
    }

    void store(Expr turn, List<Expr> merged) {
      Expr position = position(turn);
      List<Expr> outputs = rule.outputs(merged);
      for (int i = 0; i < out.size(); i++) {
        Elements e = out.get(i);
        Expr at = add(e.base(), mul(position, e.stride()));
        kernel.add(kernel.store(e.buffer(), at, outputs.get(i)));
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
      Tensor[] real = Arrays.stream(buffers).map(Pairs::of).toArray(Tensor[]::new);
      lines(like, dim).launch(op, kernel, like.elements() / (n * inner), n, inner, real);
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
    int[] in = reads.stream().mapToInt(t -> k.reads(t.toReal())).toArray();
    int[] out = writes.stream().mapToInt(t -> k.writes(t.toReal())).toArray();
    lines.build(
        k,
        line -> {
          List<Elements> from = elements(line, reads, in);
          Place place = new Place(k, from, elements(line, writes, out), line, direction, rule);
          if (lines == Lines.ROWS && rule.lanes() > 1) {
            groups(place);
          } else {
            oneByOne(place);
          }
        });
    return k.build();
  }

  /**
   * The elements of a line in each buffer; of complex ones first the real, then the other parts.
   */
  private static List<Elements> elements(Lines.Line line, List<DType> dtypes, int... buffers) {
    List<Elements> out = new ArrayList<>();
    for (int b = 0; b < buffers.length; b++) {
      Elements e = line.of(buffers[b]);
      if (dtypes.get(b).isComplex()) {
        Expr first = mul(e.base(), int64(2));
        Expr stride = mul(e.stride(), int64(2));
        out.add(new Elements(e.kernel(), e.buffer(), first, stride, e.order()));
        out.add(new Elements(e.kernel(), e.buffer(), add(first, int64(1)), stride, e.order()));
      } else {
        out.add(e);
      }
    }
    return out;
  }

  private static void groups(Place place) {
    RowKernel k = place.kernel;
    Rule rule = place.rule;
    Expr.Var i = k.fresh("i", Type.I64);
    List<Expr.Var> results = place.variables("merged");
    List<Expr.Var> left = place.variables("before");
    List<Expr.Var> right = place.variables("behind");
    List<Expr> merged = rule.merge(List.copyOf(left), List.copyOf(right));
    k.add(
        new Stmt.Scan(
            i,
            place.line.n(),
            rule.lanes(),
            List.of(),
            place.element(i),
            results,
            rule.start(),
            new Stmt.Combine(left, right, merged),
            k.block(() -> place.store(i, List.copyOf(results)))));
  }

  private static void oneByOne(Place place) {
    RowKernel k = place.kernel;
    Expr.Var i = k.fresh("i", Type.I64);
    List<Expr.Var> carried = place.variables("carried");
    List<Expr> next = new ArrayList<>();
    List<Stmt> body =
        k.block(
            () -> {
              List<Expr> element = place.let("element", place.element(i));
              next.addAll(place.let("merged", place.rule.merge(List.copyOf(carried), element)));
              place.store(i, next);
            });
    List<Stmt.Carried> all = new ArrayList<>();
    for (int c = 0; c < next.size(); c++) {
      all.add(new Stmt.Carried(carried.get(c), place.rule.start().get(c), next.get(c)));
    }
    k.add(new Stmt.Serial(i, place.line.n(), all, body));
  }

  /** The type that sums and products of {@code dtype}, or of its parts, are carried in. */
  static Type wide(DType dtype) {
    Type t = dtype.toReal().type().value();
    return t == Type.F32 ? Type.F64 : t;
  }
}
