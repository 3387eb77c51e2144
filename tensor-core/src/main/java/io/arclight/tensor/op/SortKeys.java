package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.cpu.RowSelect;
import io.arclight.tensor.cpu.RowSort;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Orders rows of elements by int64 keys that compare as the elements do: equal zeros have one key,
 * all NaN the greatest. Elements of at most 32 bits share an int64 with their place in the row.
 */
final class SortKeys {
  private static final long MOST = 1L << 32;

  /** The bits of a packed key that hold the place. */
  static final long PLACES = MOST - 1;

  private enum Form {
    /** The key as int64. */
    KEY,
    /** The key as int32. */
    NARROW,
    /** The key above the place. */
    PACKED
  }

  private record Key(DType dtype, Order order, Form form) {}

  private static final Map<Key, Executable> ENCODE = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> PICK = new ConcurrentHashMap<>();
  private static final Map<List<DType>, Executable> DECODE = new ConcurrentHashMap<>();

  private SortKeys() {}

  static void requireLength(String op, long n) {
    if (n >= MOST) {
      throw new ShapeException(
          op + ": rows of " + n + " elements are too long: at most " + (MOST - 1));
    }
  }

  static boolean isNarrow(DType dtype) {
    return dtype.type().value().bytes() <= 4;
  }

  /** int64 keys of {@code x}, dense. */
  static Tensor keys(Tensor x, Order order) {
    return encode(x, order, Form.KEY);
  }

  private static Tensor encode(Tensor x, Order order, Form form) {
    DType dtype = form == Form.NARROW ? DType.INT32 : DType.INT64;
    Tensor out = Tensor.allocate("sort", x.shape(), dtype, x.device());
    long n = x.dim(-1);
    ENCODE
        .computeIfAbsent(new Key(x.dtype(), order, form), SortKeys::encoder)
        .launch("sort", x.elements() / n, n, new Tensor[] {x, out}, new long[] {n}, null);
    return out;
  }

  private static Executable encoder(Key key) {
    RowKernel k = new RowKernel("sort_keys");
    int x = k.reads(key.dtype);
    int out = k.writes(key.form == Form.NARROW ? DType.INT32 : DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    k.map(
        out,
        base,
        n,
        i -> {
          Expr ordered = code(load(x, add(base, i), k.type(x)), key.order);
          Expr wide = cast(Type.I64, ordered);
          return switch (key.form) {
            case NARROW -> ordered;
            case KEY -> wide;
            case PACKED -> or(shl(wide, int64(32)), i);
          };
        });
    return k.build();
  }

  /** An integer that compares as {@code value} does in {@code order}. */
  static Expr code(Expr value, Order order) {
    Expr code = key(value);
    return order == Order.DESCENDING ? not(code) : code;
  }

  private static Expr key(Expr value) {
    Type t = value.type();
    if (t == Type.BOOL) {
      return cast(Type.I32, value);
    } else if (!t.isFloat()) {
      return value;
    }
    Type bits = t == Type.F32 ? Type.I32 : Type.I64;
    Expr one = select(eq(value, constant(t, 0)), constant(t, 0), value);
    Expr raw = bitcast(bits, one);
    Expr magnitude = new Expr.Int(bits, bits == Type.I32 ? Integer.MAX_VALUE : Long.MAX_VALUE);
    int width = 8 * bits.bytes() - 1;
    Expr sign = shr(raw, new Expr.Int(bits, width));
    Expr ordered = xor(raw, and(sign, magnitude));
    return select(isNan(value), magnitude, ordered);
  }

  /** The key of NaN, or of nothing. */
  static long noneKey(DType dtype) {
    return dtype.type().value() == Type.F32 ? Integer.MAX_VALUE : Long.MAX_VALUE;
  }

  /** The elements of each row of {@code x} (dense) in order, and their places, int64; stable. */
  static ValuesIndices sorted(Tensor x, Order order) {
    if (SortNetwork.suits(x)) {
      return SortNetwork.sorted(x, order);
    }
    long n = x.dim(-1);
    long rows = x.elements() / n;
    Tensor scratch = Tensor.allocate("sort", x.shape(), DType.INT64, x.device());
    if (isNarrow(x.dtype())) {
      Tensor packed = encode(x, order, Form.PACKED);
      Backend.of(x.device())
          .library(at -> RowSort.sort(at[0], at[1], rows, n, 32), packed, scratch);
      return decode(x, packed);
    }
    Tensor keys = keys(x, order);
    Tensor items = Tensor.allocate("sort", x.shape(), DType.INT32, x.device());
    Tensor spare = Tensor.allocate("sort", x.shape(), DType.INT32, x.device());
    Numbers.KERNEL.launch("sort", rows, n, new Tensor[] {items}, new long[] {n}, null);
    Backend.of(x.device())
        .library(
            at -> RowSort.sortPairs(at[0], at[1], at[2], at[3], rows, n),
            keys,
            items,
            scratch,
            spare);
    return decode(x, items);
  }

  /** Elements and places from what has the places in its lowest 32 bits. */
  private static ValuesIndices decode(Tensor x, Tensor coded) {
    long n = x.dim(-1);
    Tensor values = Tensor.allocate("sort", x.shape(), x.dtype(), x.device());
    Tensor places = Tensor.allocate("sort", x.shape(), DType.INT64, x.device());
    DECODE
        .computeIfAbsent(List.of(x.dtype(), coded.dtype()), t -> decoder(t.get(0), t.get(1)))
        .launch(
            "sort",
            x.elements() / n,
            n,
            new Tensor[] {x, coded, values, places},
            new long[] {n},
            null);
    return new ValuesIndices(values, places);
  }

  private static Executable decoder(DType dtype, DType coded) {
    RowKernel k = new RowKernel("sort_decode");
    int x = k.reads(dtype);
    int from = k.reads(coded);
    int values = k.writes(dtype);
    int places = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr at = and(k.at(from, add(base, i), Type.I64), int64(PLACES));
    k.add(
        new Stmt.Vector(
            i,
            n,
            List.of(
                k.store(places, add(base, i), at),
                k.store(values, add(base, i), load(x, add(base, at), k.type(x))))));
    return k.build();
  }

  private static final class Numbers {
    static final Executable KERNEL = kernel();

    private static Executable kernel() {
      RowKernel k = new RowKernel("sort_number");
      int items = k.writes(DType.INT32);
      Expr n = k.param(Type.I64);
      k.map(items, k.base(n), n, i -> cast(Type.I32, i));
      return k.build();
    }
  }

  /** The places of the first {@code k} elements of each row in order. */
  static Tensor first(Tensor x, Order order, long k) {
    long n = x.dim(-1);
    long rows = x.elements() / n;
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = k;
    Tensor places = Tensor.allocate("topk", Shape.of(dims), DType.INT64, x.device());
    Tensor scratch = Tensor.allocate("topk", x.shape(), DType.INT64, x.device());
    int bits = isNarrow(x.dtype()) ? 32 : 64;
    Backend.of(x.device())
        .library(
            at -> RowSelect.smallest(at[0], at[1], rows, n, bits, k, at[2]),
            selectable(x, order),
            scratch,
            places);
    return places;
  }

  private static Tensor selectable(Tensor x, Order order) {
    return encode(x, order, isNarrow(x.dtype()) ? Form.NARROW : Form.KEY);
  }

  /** The place of one element of each row, [..., 1]. */
  static Tensor place(Tensor x, RowSelect.Rank rank, long k) {
    long n = x.dim(-1);
    long rows = x.elements() / n;
    RowSelect.Rank wanted =
        x.dtype().isFloatingPoint() || rank == RowSelect.Rank.GIVEN ? rank : RowSelect.Rank.GIVEN;
    long number = rank == RowSelect.Rank.GIVEN ? k : (n - 1) / 2;
    if (SortNetwork.suits(x)) {
      return SortNetwork.place(x, wanted, number);
    }
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = 1;
    Tensor places = Tensor.allocate("select", Shape.of(dims), DType.INT64, x.device());
    Tensor scratch = Tensor.allocate("select", x.shape(), DType.INT64, x.device());
    int bits = isNarrow(x.dtype()) ? 32 : 64;
    long none = noneKey(x.dtype());
    Backend.of(x.device())
        .library(
            at -> RowSelect.place(at[0], at[1], rows, n, bits, wanted, number, none, at[2]),
            selectable(x, Order.ASCENDING),
            scratch,
            places);
    return places;
  }

  /** The elements of each row of {@code x} (dense) at {@code places} (dense). */
  static Tensor pick(Tensor x, Tensor places) {
    Tensor out = Tensor.allocate("sort", places.shape(), x.dtype(), x.device());
    long k = places.dim(-1);
    if (out.elements() > 0) {
      PICK.computeIfAbsent(x.dtype(), SortKeys::picker)
          .launch(
              "sort",
              out.elements() / k,
              k,
              new Tensor[] {x, places, out},
              new long[] {x.dim(-1), k},
              null);
    }
    return out;
  }

  private static Executable picker(DType dtype) {
    RowKernel r = new RowKernel("sort_pick");
    int x = r.reads(dtype);
    int places = r.reads(DType.INT64);
    int out = r.writes(dtype);
    Expr n = r.param(Type.I64);
    Expr k = r.param(Type.I64);
    Expr base = r.let("base", mul(r.row, n));
    Expr to = r.let("to", mul(r.row, k));
    r.map(out, to, k, i -> load(x, add(base, load(places, add(to, i), Type.I64)), r.type(x)));
    return r.build();
  }
}
