package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** How a kernel goes over the lines of a dense tensor [outer, n, inner] along its middle. */
enum Lines {
  /** Lines are runs of memory, each a vector loop or a loop of its own. */
  ROWS,
  /** As ROWS, but so short that vectors run across them. */
  SHORT_ROWS,
  /** Lines lie side by side, and vectors run across them. */
  COLUMNS;

  /** Lines that one task works at, where vectors run across them. */
  static final long TILE = 1024;

  /** Elements of a row below which its lanes would be mostly empty. */
  private static final long SHORT = 16;

  /** One line: element i is at {@code base + i * stride}; {@code number} is the line's own. */
  record Line(RowKernel kernel, Expr n, Expr base, Expr stride, Expr number, Elements.Order order) {
    Elements of(int buffer) {
      return new Elements(kernel, buffer, base, stride, order);
    }
  }

  static Lines of(long n, long inner) {
    return inner > 1 ? COLUMNS : n < SHORT ? SHORT_ROWS : ROWS;
  }

  /** Adds the loops over lines, after the buffers and before other parameters. */
  void build(RowKernel k, Consumer<Line> body) {
    Expr n = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr outer = k.param(Type.I64);
    switch (this) {
      case ROWS -> body.accept(new Line(k, n, k.base(n), int64(1), k.row, Elements.Order.LANES));
      case SHORT_ROWS ->
          tile(
              k,
              outer,
              all ->
                  line ->
                      body.accept(
                          new Line(k, n, mul(line, n), int64(1), line, Elements.Order.SERIAL)));
      case COLUMNS ->
          tile(
              k,
              inner,
              row ->
                  column ->
                      body.accept(
                          new Line(
                              k,
                              n,
                              add(mul(row, mul(n, inner)), column),
                              inner,
                              add(mul(row, inner), column),
                              Elements.Order.SERIAL)));
    }
  }

  /** Runs a kernel of {@link #build} whose buffers come first. */
  void launch(String op, Executable kernel, long outer, long n, long inner, Tensor[] buffers) {
    launch(op, kernel, outer, n, inner, buffers, new long[0], null);
  }

  /**
   * As above, with parameters of the kernel's own behind those of {@link #build}.
   *
   * @param detail printed with a run-time data error
   */
  void launch(
      String op,
      Executable kernel,
      long outer,
      long n,
      long inner,
      Tensor[] buffers,
      long[] own,
      Object detail) {
    long[] params = new long[3 + own.length];
    params[0] = n;
    params[1] = inner;
    params[2] = outer;
    System.arraycopy(own, 0, params, 3, own.length);
    long across = this == COLUMNS ? inner : outer;
    long tiles = (across + TILE - 1) / TILE;
    long tasks = this == ROWS ? outer : this == COLUMNS ? outer * tiles : tiles;
    long work = this == ROWS ? n : n * Math.min(across, TILE);
    kernel.launch(op, tasks, work, buffers, params, detail);
  }

  /**
   * Rows of the kernel are tiles of [rows, width]: adds a loop over the columns of one, for which
   * {@code body} is given the row, then the column.
   */
  static void tile(RowKernel k, Expr width, Function<Expr, Consumer<Expr>> body) {
    Expr tiles = k.let("tiles", div(add(width, int64(TILE - 1)), int64(TILE)));
    Expr row = k.let("r", div(k.row, tiles));
    Expr start = k.let("start", mul(rem(k.row, tiles), int64(TILE)));
    Consumer<Expr> column = body.apply(row);
    Expr.Var c = k.fresh("c", Type.I64);
    List<Stmt> statements = k.block(() -> column.accept(add(start, c)));
    k.add(new Stmt.Vector(c, min(int64(TILE), sub(width, start)), statements));
  }
}
