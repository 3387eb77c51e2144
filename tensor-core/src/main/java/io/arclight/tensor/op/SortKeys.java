package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.RowSelect;
import io.arclight.tensor.cpu.RowSort;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Orders rows of elements by int64 keys that compare as the elements do: equal zeros have one key,
 * all NaN the greatest. Elements of at most 32 bits share an int64 with their place in the row.
 */
final class SortKeys {
  private static final long MOST = 1L << 32;

  private enum Form {
    /** The key alone. */
    KEY,
    /** The key above the place. */
    PACKED
  }

  private record Key(DType dtype, Order order, Form form) {}

  private static final Map<Key, Executable> ENCODE = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> PICK = new ConcurrentHashMap<>();
  private static final Map<String, Executable> PLACES = new ConcurrentHashMap<>();

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
    Tensor out = Tensor.allocate("sort", x.shape(), DType.INT64, x.device());
    long n = x.dim(-1);
    ENCODE
        .computeIfAbsent(new Key(x.dtype(), order, form), SortKeys::encoder)
        .launch("sort", x.elements() / n, n, new Tensor[] {x, out}, new long[] {n}, null);
    return out;
  }

  private static Executable encoder(Key key) {
    RowKernel k = new RowKernel("sort_keys");
    int x = k.reads(key.dtype);
    int out = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    k.map(
        out,
        base,
        n,
        i -> {
          Expr value = load(x, add(base, i), k.type(x));
          Expr code = key(value);
          Expr wide = cast(Type.I64, key.order == Order.DESCENDING ? not(code) : code);
          return key.form == Form.KEY ? wide : or(shl(wide, int64(32)), i);
        });
    return k.build();
  }

  /** An integer that orders as {@code value} does. */
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
  private static long noneKey(DType dtype) {
    return dtype.type().value() == Type.F32 ? Integer.MAX_VALUE : Long.MAX_VALUE;
  }

  /** The places, int64, of the elements of each row of {@code x} (dense) in order; stable. */
  static Tensor sorted(Tensor x, Order order) {
    long n = x.dim(-1);
    long rows = x.elements() / n;
    Tensor places = Tensor.allocate("sort", x.shape(), DType.INT64, x.device());
    Tensor scratch = Tensor.allocate("sort", x.shape(), DType.INT64, x.device());
    if (isNarrow(x.dtype())) {
      Tensor packed = encode(x, order, Form.PACKED);
      Backend.of(x.device())
          .library(at -> RowSort.sort(at[0], at[1], rows, n, 32), packed, scratch);
      launchPlaces("unpack", packed, places, n);
      return places;
    }
    Tensor keys = keys(x, order);
    Tensor items = Tensor.allocate("sort", x.shape(), DType.INT32, x.device());
    Tensor spare = Tensor.allocate("sort", x.shape(), DType.INT32, x.device());
    launchPlaces("number", items, n);
    Backend.of(x.device())
        .library(
            at -> RowSort.sortPairs(at[0], at[1], at[2], at[3], rows, n),
            keys,
            items,
            scratch,
            spare);
    launchPlaces("widen", items, places, n);
    return places;
  }

  private static void launchPlaces(String what, Tensor a, Tensor b, long n) {
    PLACES
        .computeIfAbsent(what, SortKeys::placesKernel)
        .launch("sort", a.elements() / n, n, new Tensor[] {a, b}, new long[] {n}, null);
  }

  private static void launchPlaces(String what, Tensor a, long n) {
    PLACES
        .computeIfAbsent(what, SortKeys::placesKernel)
        .launch("sort", a.elements() / n, n, new Tensor[] {a}, new long[] {n}, null);
  }

  private static Executable placesKernel(String what) {
    RowKernel k = new RowKernel("sort_" + what);
    Expr mask = int64(MOST - 1);
    if (what.equals("number")) {
      int items = k.writes(DType.INT32);
      Expr n = k.param(Type.I64);
      k.map(items, k.base(n), n, i -> cast(Type.I32, i));
      return k.build();
    }
    int from = k.reads(what.equals("unpack") ? DType.INT64 : DType.INT32);
    int to = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    k.map(to, base, n, i -> and(k.at(from, add(base, i), Type.I64), mask));
    return k.build();
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
            keys(x, order),
            scratch,
            places);
    return places;
  }

  /** The place of one element of each row, [..., 1]. */
  static Tensor place(Tensor x, RowSelect.Rank rank, long k) {
    long n = x.dim(-1);
    long rows = x.elements() / n;
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = 1;
    Tensor places = Tensor.allocate("select", Shape.of(dims), DType.INT64, x.device());
    Tensor scratch = Tensor.allocate("select", x.shape(), DType.INT64, x.device());
    int bits = isNarrow(x.dtype()) ? 32 : 64;
    long none = noneKey(x.dtype());
    RowSelect.Rank wanted =
        x.dtype().isFloatingPoint() || rank == RowSelect.Rank.GIVEN ? rank : RowSelect.Rank.GIVEN;
    long number = rank == RowSelect.Rank.GIVEN ? k : (n - 1) / 2;
    Backend.of(x.device())
        .library(
            at -> RowSelect.place(at[0], at[1], rows, n, bits, wanted, number, none, at[2]),
            keys(x, Order.ASCENDING),
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
