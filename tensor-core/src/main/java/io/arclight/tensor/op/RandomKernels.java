package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * Random tensors from Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). An element's counter is (its number, sample id), so that values do not depend on
 * threads, chunks or devices.
 */
public final class RandomKernels {
  /** A distribution that has no parameters: a value from the four words of an element. */
  private enum Draw {
    UNIFORM(RandomKernels::unit),
    NORMAL((t, w) -> normal(t.value(), w)),
    EXPONENTIAL((t, w) -> neg(log1p(neg(unit(t.value(), w))))),
    BITS((t, w) -> or(shl(and(w[1], int64(0x7FFFFFFFL)), int64(32)), w[0]));

    private final BiFunction<Type, Expr[], Expr> value;

    Draw(BiFunction<Type, Expr[], Expr> value) {
      this.value = value;
    }
  }

  private record Key(Draw draw, DType dtype) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();
  private static final Executable MASK = maskKernel();
  private static final Map<DType, Executable> ROWS = new ConcurrentHashMap<>();
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final long WEYL_0 = 0x9E3779B9L;
  private static final long WEYL_1 = 0xBB67AE85L;
  static final long LOW = 0xFFFFFFFFL;

  private RandomKernels() {}

  /** On [0, 1). */
  public static Tensor uniform(Shape shape, DType dtype, Device device, long key, long offset) {
    return draw(Draw.UNIFORM, shape, dtype, device, key, offset);
  }

  /** Standard normal. */
  public static Tensor normal(Shape shape, DType dtype, Device device, long key, long offset) {
    return draw(Draw.NORMAL, shape, dtype, device, key, offset);
  }

  /** Exponential of rate 1, on [0, infinity). */
  public static Tensor exponential(Shape shape, DType dtype, Device device, long key, long offset) {
    return draw(Draw.EXPONENTIAL, shape, dtype, device, key, offset);
  }

  /** int64, 63 random bits. */
  public static Tensor bits(Shape shape, Device device, long key, long offset) {
    return draw(Draw.BITS, shape, DType.INT64, device, key, offset);
  }

  private static Tensor draw(
      Draw what, Shape shape, DType dtype, Device device, long key, long offset) {
    if (dtype.isComplex()) {
      long[] pairs = Arrays.copyOf(shape.toArray(), shape.rank() + 1);
      pairs[shape.rank()] = 2;
      return Pairs.joined(draw(what, Shape.of(pairs), dtype.toReal(), device, key, offset));
    }
    Tensor out = Tensor.allocate(what.name(), shape, dtype, device);
    KERNELS
        .computeIfAbsent(new Key(what, out.dtype()), RandomKernels::flat)
        .launch(
            "random",
            out.elements(),
            8,
            new Tensor[] {out},
            new long[] {key & LOW, key >>> 32, offset},
            null);
    return out;
  }

  /**
   * bool [n, ...]: true with probability {@code keep}.
   *
   * @param ids int64 [n], the samples of the rows
   */
  public static Tensor mask(Shape shape, Tensor ids, double keep, long key) {
    Tensor out = Tensor.allocate("MASK", shape, DType.BOOL, ids.device());
    long rows = shape.dim(0);
    long inner = rows == 0 ? 0 : shape.elements() / rows;
    MASK.launch(
        "dropout",
        rows,
        8 * inner,
        new Tensor[] {ids, out},
        new long[] {
          key & LOW,
          key >>> 32,
          inner,
          Integer.toUnsignedLong(Float.floatToRawIntBits((float) keep))
        },
        null);
    return out;
  }

  /**
   * Uniform on [0, 1), [n, ...].
   *
   * @param ids int64 [n], the samples of the rows
   */
  public static Tensor uniform(Shape shape, DType dtype, Tensor ids, long key) {
    Tensor out = Tensor.allocate("UNIFORM", shape, dtype, ids.device());
    long rows = shape.dim(0);
    long inner = rows == 0 ? 0 : shape.elements() / rows;
    ROWS.computeIfAbsent(dtype, RandomKernels::rows)
        .launch(
            "random",
            rows,
            8 * inner,
            new Tensor[] {ids, out},
            new long[] {key & LOW, key >>> 32, inner},
            null);
    return out;
  }

  private static Executable rows(DType dtype) {
    RowKernel k = new RowKernel("philox_rows");
    int ids = k.reads(DType.INT64);
    int out = k.writes(dtype);
    Expr lo = k.param(Type.I64);
    Expr hi = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr id = k.let("id", load(ids, k.row, Type.I64));
    Expr base = k.base(inner);
    k.map(out, base, inner, i -> unit(dtype.type(), philox(lo, hi, i, id)));
    return k.build();
  }

  private static Executable flat(Key key) {
    RowKernel k = new RowKernel("philox");
    int out = k.writes(key.dtype);
    Expr lo = k.param(Type.I64);
    Expr hi = k.param(Type.I64);
    Expr counter = add(k.row, k.param(Type.I64));
    Expr[] w = philox(lo, hi, counter, int64(0));
    k.add(k.store(out, k.row, key.draw.value.apply(key.dtype.type(), w)));
    return k.buildFlat();
  }

  private static Executable maskKernel() {
    RowKernel k = new RowKernel("dropout_mask");
    int ids = k.reads(DType.INT64);
    int out = k.writes(DType.BOOL);
    Expr lo = k.param(Type.I64);
    Expr hi = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr keep = k.param(Type.F32);
    Expr id = k.let("id", load(ids, k.row, Type.I64));
    Expr base = k.base(inner);
    k.map(out, base, inner, i -> lt(unit(Type.F32, philox(lo, hi, i, id)), keep));
    return k.build();
  }

  /** A fraction of as many random bits as numbers in memory have, so that none is rounded to 1. */
  static Expr unit(Type memory, Expr[] w) {
    Type t = memory.value();
    if (t == Type.F64) {
      Expr bits = or(shl(ushr(w[0], int64(5)), int64(26)), ushr(w[1], int64(6)));
      return mul(cast(t, bits), constant(t, 0x1p-53));
    }
    int digits = memory == Type.F16 ? 11 : memory == Type.BF16 ? 8 : 24;
    Expr bits = ushr(w[0], int64(32 - digits));
    return mul(cast(t, bits), constant(t, Math.scalb(1.0, -digits)));
  }

  /** Box and Muller's transform, on (0, 1] so that the logarithm is finite. */
  static Expr normal(Type t, Expr[] w) {
    boolean single = t == Type.F32;
    Expr u = add(unit(t, w), constant(t, single ? 0x1p-24 : 0x1p-53));
    Expr v = unit(t, single ? new Expr[] {w[1]} : new Expr[] {w[2], w[3]});
    Expr radius = sqrt(mul(constant(t, -2), log(u)));
    return mul(radius, cos(mul(constant(t, 2 * Math.PI), v)));
  }

  /** The four words of the block of a 128-bit counter (c0 c1 = counter, c2 c3 = id). */
  static Expr[] philox(Expr keyLo, Expr keyHi, Expr counter, Expr id) {
    Expr low = int64(LOW);
    Expr c0 = and(counter, low);
    Expr c1 = ushr(counter, int64(32));
    Expr c2 = and(id, low);
    Expr c3 = ushr(id, int64(32));
    Expr k0 = keyLo;
    Expr k1 = keyHi;
    for (int round = 0; round < 10; round++) {
      Expr p0 = mul(int64(MULTIPLIER_0), c0);
      Expr p1 = mul(int64(MULTIPLIER_1), c2);
      c0 = xor(xor(ushr(p1, int64(32)), c1), k0);
      c1 = and(p1, low);
      c2 = xor(xor(ushr(p0, int64(32)), c3), k1);
      c3 = and(p0, low);
      k0 = and(add(k0, int64(WEYL_0)), low);
      k1 = and(add(k1, int64(WEYL_1)), low);
    }
    return new Expr[] {c0, c1, c2, c3};
  }
}
