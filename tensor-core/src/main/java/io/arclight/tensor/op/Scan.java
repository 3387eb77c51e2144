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
  /** How many places of a row are merged among themselves, so that they do not wait in turn. */
  private static final int GROUP = 4;

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

    /** Whether elements may be merged before what was carried to them. */
    boolean associative();
  }

  private record Place(
      RowKernel kernel, List<Elements> in, List<Elements> out, Lines.Line line, Rule rule) {
    List<Expr> load(Expr position) {
      return rule.element(in.stream().map(e -> e.at(position)).toList(), position);
    }

    List<Expr> let(String stem, List<Expr> values) {
      return values.stream().map(e -> (Expr) kernel.let(stem, e)).toList();
    }

    void store(Expr position, List<Expr> merged) {
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
          Place place =
              new Place(k, elements(line, reads, in), elements(line, writes, out), line, rule);
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

  /** The type that sums and products of {@code dtype}, or of its parts, are carried in. */
  static Type wide(DType dtype) {
    Type t = dtype.toReal().type().value();
    return t == Type.F32 ? Type.F64 : t;
  }
}
