package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.cpu.RowSelect.Rank;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Sorts many short rows: what a network of odd-even merges (Batcher's) compares does not depend on
 * the elements, so that each lane of a vector sorts a row of its own. A tile of rows is brought
 * into memory column by column as {@link SortKeys} codes them, sorted there, and read from there.
 */
final class SortNetwork {
  /** Rows of a tile, which is sorted as a whole even if it has fewer. */
  private static final int WIDTH = 16;

  /** Rows below which most of a tile would be idle. */
  private static final long FEWEST = 4;

  /** The longest rows for which comparing is less than the counting of a radix sort. */
  private static final long LONGEST = 512;

  /** Elements that are in work at a time, so that the tiles stay in the cache. */
  private static final long SPACE = 1 << 16;

  /** What is wanted of the sorted rows. */
  private enum Wanted {
    /** Values and places. */
    ALL,
    /** The place of the element of a rank. */
    GIVEN,
    MEDIAN,
    MEDIAN_OF_OTHERS
  }

  private record Key(DType dtype, Order order, Wanted wanted) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private SortNetwork() {}

  static boolean suits(Tensor x) {
    long n = x.dim(-1);
    return n <= LONGEST && x.elements() >= FEWEST * n;
  }

  /** As {@link SortKeys#sorted}. */
  static ValuesIndices sorted(Tensor x, Order order) {
    Tensor values = Tensor.allocate("sort", x.shape(), x.dtype(), x.device());
    Tensor places = Tensor.allocate("sort", x.shape(), DType.INT64, x.device());
    run("sort", new Key(x.dtype(), order, Wanted.ALL), 0, x, places, values);
    return new ValuesIndices(values, places);
  }

  /** As {@link SortKeys#place}. */
  static Tensor place(Tensor x, Rank rank, long k) {
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = 1;
    Tensor places = Tensor.allocate("select", Shape.of(dims), DType.INT64, x.device());
    run("select", new Key(x.dtype(), Order.ASCENDING, Wanted.valueOf(rank.name())), k, x, places);
    return places;
  }

  private static void run(String op, Key key, long k, Tensor x, Tensor... out) {
    long n = x.dim(-1);
    long rows = x.elements() / n;
    long tiles = (rows + WIDTH - 1) / WIDTH;
    long step = Math.min(tiles, Math.max(1, SPACE / (n * WIDTH)));
    int levels = 64 - Long.numberOfLeadingZeros(n - 1);
    int columns = SortKeys.isNarrow(x.dtype()) ? 1 : 2;
    Tensor[] buffers = new Tensor[1 + out.length + columns];
    buffers[0] = x;
    System.arraycopy(out, 0, buffers, 1, out.length);
    for (int i = 1 + out.length; i < buffers.length; i++) {
      buffers[i] = Tensor.allocate(op, Shape.of(step, n, WIDTH), DType.INT64, x.device());
    }
    Executable kernel = KERNELS.computeIfAbsent(key, SortNetwork::build);
    for (long first = 0; first < tiles; first += step) {
      kernel.launch(
          op,
          Math.min(step, tiles - first),
          n * WIDTH * (1 + levels),
          buffers,
          new long[] {n, rows, levels, first, k},
          null);
    }
  }

  /** A tile: place i of its row c is at {@code base + i * WIDTH + c}. */
  private record Tile(RowKernel kernel, int keys, int items, Expr base, Expr n) {
    boolean isPacked() {
      return items < 0;
    }

    Expr at(Expr i, Expr c) {
      return add(add(base, mul(i, int64(WIDTH))), c);
    }

    Expr place(Expr at) {
      return isPacked()
          ? and(load(keys, at, Type.I64), int64(SortKeys.PLACES))
          : load(items, at, Type.I64);
    }

    Expr key(Expr at) {
      Expr coded = load(keys, at, Type.I64);
      return isPacked() ? shr(coded, int64(32)) : coded;
    }

    void put(Expr at, Expr code, Expr place) {
      Expr wide = cast(Type.I64, code);
      kernel.add(kernel.store(keys, at, isPacked() ? or(shl(wide, int64(32)), place) : wide));
      if (!isPacked()) {
        kernel.add(kernel.store(items, at, place));
      }
    }

    /** Puts the elements at two places in order. */
    void order(Expr low, Expr high) {
      Expr a = kernel.let("a", load(keys, low, Type.I64));
      Expr b = kernel.let("b", load(keys, high, Type.I64));
      if (isPacked()) {
        kernel.add(kernel.store(keys, low, min(a, b)));
        kernel.add(kernel.store(keys, high, max(a, b)));
        return;
      }
      Expr first = kernel.let("first", load(items, low, Type.I64));
      Expr second = kernel.let("second", load(items, high, Type.I64));
      Expr swap = kernel.let("swap", or(gt(a, b), and(eq(a, b), gt(first, second))));
      kernel.add(kernel.store(keys, low, select(swap, b, a)));
      kernel.add(kernel.store(keys, high, select(swap, a, b)));
      kernel.add(kernel.store(items, low, select(swap, second, first)));
      kernel.add(kernel.store(items, high, select(swap, first, second)));
    }
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel(key.wanted == Wanted.ALL ? "sort_rows" : "select_in_rows");
    int x = k.reads(key.dtype);
    int places = k.writes(DType.INT64);
    int values = key.wanted == Wanted.ALL ? k.writes(key.dtype) : -1;
    int keys = k.updates(DType.INT64);
    int items = SortKeys.isNarrow(key.dtype) ? -1 : k.updates(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr rows = k.param(Type.I64);
    Expr levels = k.param(Type.I64);
    Expr firstTile = k.param(Type.I64);
    Expr rank = k.param(Type.I64);
    Tile tile = new Tile(k, keys, items, k.let("base", mul(k.row, mul(n, int64(WIDTH)))), n);
    Expr start = k.let("start", mul(add(k.row, firstTile), int64(WIDTH)));
    Expr count = k.let("count", min(int64(WIDTH), sub(rows, start)));

    vector(
        k,
        count,
        c ->
            serial(
                k,
                n,
                i -> {
                  Expr value = load(x, add(mul(add(start, c), n), i), k.type(x));
                  tile.put(tile.at(i, c), SortKeys.code(value, key.order), i);
                }));
    vector(k, int64(WIDTH), c -> network(tile, levels, c));
    if (key.wanted == Wanted.ALL) {
      serial(
          k,
          count,
          c -> {
            Expr row = k.let("row", mul(add(start, c), n));
            vector(
                k,
                n,
                i -> {
                  Expr place = k.let("place", tile.place(tile.at(i, c)));
                  k.add(k.store(places, add(row, i), place));
                  k.add(k.store(values, add(row, i), load(x, add(row, place), k.type(x))));
                });
          });
    } else {
      vector(
          k,
          count,
          c -> {
            Expr at = rank(tile, key, rank, c);
            k.add(k.store(places, add(start, c), tile.place(tile.at(at, c))));
          });
    }
    return k.build();
  }

  /**
   * Merges sorted runs of p, 2p, ... into ones of twice as many. A merge compares what is p apart,
   * then, of the rest of both runs, what is p / 2 apart, and so on; what lies beyond the row's end
   * would be greater than all.
   */
  private static void network(Tile tile, Expr levels, Expr c) {
    RowKernel k = tile.kernel;
    serial(
        k,
        levels,
        level ->
            serial(
                k,
                add(level, int64(1)),
                halving -> {
                  Expr size = sub(level, halving);
                  Expr apart = k.let("apart", shl(int64(1), size));
                  Expr whole = k.let("whole", eq(halving, int64(0)));
                  Expr begin = k.let("begin", select(whole, int64(0), apart));
                  Expr runs =
                      shr(sub(add(tile.n, apart), add(begin, int64(1))), add(size, int64(1)));
                  serial(
                      k,
                      runs,
                      run -> {
                        Expr low = k.let("low", add(begin, shl(run, add(size, int64(1)))));
                        Expr high = k.let("high", add(low, apart));
                        Expr merged = sub(shl(int64(2), level), int64(1));
                        Expr crosses = and(not(whole), eq(and(high, merged), int64(0)));
                        Expr pairs = select(crosses, int64(0), min(apart, sub(tile.n, high)));
                        serial(
                            k,
                            pairs,
                            i -> tile.order(tile.at(add(low, i), c), tile.at(add(high, i), c)));
                      });
                }));
  }

  /** Where the wanted element of row {@code c} is once it is sorted. */
  private static Expr rank(Tile tile, Key key, Expr given, Expr c) {
    if (key.wanted == Wanted.GIVEN) {
      return given;
    }
    RowKernel k = tile.kernel;
    Expr none = int64(SortKeys.noneKey(key.dtype));
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var missing = k.fresh("missing", Type.I64);
    Expr more = select(eq(tile.key(tile.at(i, c)), none), int64(1), int64(0));
    k.add(
        new Stmt.Serial(
            i,
            tile.n,
            List.of(new Stmt.Carried(missing, int64(0), add(missing, more))),
            List.of()));
    Expr others = sub(tile.n, missing);
    Expr median = shr(sub(others, int64(1)), int64(1));
    Expr onlyMissing = key.wanted == Wanted.MEDIAN ? gt(missing, int64(0)) : eq(others, int64(0));
    return k.let("at", select(onlyMissing, others, median));
  }

  private static void serial(RowKernel k, Expr extent, Consumer<Expr> body) {
    Expr.Var i = k.fresh("i", Type.I64);
    k.add(new Stmt.Serial(i, extent, List.of(), k.block(() -> body.accept(i))));
  }

  private static void vector(RowKernel k, Expr extent, Consumer<Expr> body) {
    Expr.Var i = k.fresh("i", Type.I64);
    k.add(new Stmt.Vector(i, extent, k.block(() -> body.accept(i))));
  }
}
