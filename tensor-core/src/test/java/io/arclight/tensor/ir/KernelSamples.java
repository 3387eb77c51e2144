package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.binary;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.compare;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.ge;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.int32;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.not;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.rem;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.unary;
import static io.arclight.tensor.ir.Exprs.ushr;
import static io.arclight.tensor.ir.Exprs.xor;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.CompareOp;
import io.arclight.tensor.ir.Expr.UnaryOp;
import io.arclight.tensor.ir.Kernel.Access;
import io.arclight.tensor.ir.Kernel.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Kernels of every kind with data, on which all readers must agree bit for bit. */
public final class KernelSamples {
  private static final Expr.Var ROW = new Expr.Var("row", Type.I64);
  private static final int[] SIZES = {0, 1, 31, 32, 33, 4095, 4096, 4097, 10000};

  private KernelSamples() {}

  public static List<KernelSample> all() {
    List<KernelSample> samples = new ArrayList<>();
    for (Type type : List.of(Type.F32, Type.F64)) {
      samples.addAll(floats(type));
      samples.add(softmax(type, 5, 70));
      samples.add(layerNorm(type, 3, 129));
      samples.add(fusedActivation(type));
      for (int size : SIZES) {
        samples.add(sum(type, size));
        samples.add(argmax(type, size));
      }
      samples.add(onlineLogSumExp(type, 4, 5000));
    }
    samples.addAll(integers(Type.I32));
    samples.addAll(integers(Type.I64));
    samples.add(integerSum());
    samples.add(casts());
    samples.add(bytes());
    samples.add(booleans());
    samples.add(stridedTranspose());
    samples.add(cumulativeSum());
    samples.add(serialDot());
    samples.add(philox());
    samples.add(gather(false));
    samples.add(gather(true));
    samples.add(inPlaceAxpy());
    return samples;
  }

  /** Each basic operation on pairs of special and random values. */
  private static List<KernelSample> floats(Type type) {
    List<KernelSample> samples = new ArrayList<>();
    Object[] pairs = pairs(type);
    Expr a = load(0, ROW, type);
    Expr b = load(1, ROW, type);
    for (UnaryOp op : UnaryOp.values()) {
      if (op != UnaryOp.NOT && op != UnaryOp.IS_NAN) {
        samples.add(elementwise(op.name(), type, unary(op, a), pairs));
      }
    }
    for (BinaryOp op : BinaryOp.values()) {
      boolean bits =
          op.ordinal() >= BinaryOp.AND.ordinal() && op.ordinal() <= BinaryOp.USHR.ordinal();
      if (!bits) {
        samples.add(elementwise(op.name(), type, binary(op, a, b), pairs));
      }
    }
    for (CompareOp op : CompareOp.values()) {
      samples.add(elementwise(op.name(), Type.BOOL, compare(op, a, b), pairs));
    }
    samples.add(elementwise("isNan", Type.BOOL, isNan(a), pairs));
    samples.add(elementwise("fma", type, fma(a, b, constant(type, 0.7)), pairs));
    samples.add(elementwise("fmaChain", type, fma(b, a, mul(a, a)), pairs));
    samples.add(elementwise("select", type, select(lt(a, b), a, mul(b, b)), pairs));
    return samples;
  }

  private static List<KernelSample> integers(Type type) {
    List<KernelSample> samples = new ArrayList<>();
    Object[] pairs = pairs(type);
    Expr a = load(0, ROW, type);
    Expr b = load(1, ROW, type);
    for (UnaryOp op : List.of(UnaryOp.NEG, UnaryOp.ABS, UnaryOp.NOT)) {
      samples.add(elementwise(op.name(), type, unary(op, a), pairs));
    }
    for (BinaryOp op : BinaryOp.values()) {
      if (op.ordinal() < BinaryOp.COPYSIGN.ordinal()) {
        samples.add(elementwise(op.name(), type, binary(op, a, b), pairs));
      }
    }
    for (CompareOp op : CompareOp.values()) {
      samples.add(elementwise(op.name(), Type.BOOL, compare(op, a, b), pairs));
    }
    return samples;
  }

  private static KernelSample elementwise(String name, Type result, Expr value, Object[] pairs) {
    Type type = TypedArrays.type(pairs[0]);
    int n = TypedArrays.length(pairs[0]);
    Kernel kernel =
        new Kernel(
            name,
            List.of(read(type), read(type), write(result)),
            List.of(),
            ROW,
            true,
            List.of(new Stmt.Store(2, ROW, value)));
    String label = name + " " + type;
    return new KernelSample(
        label, kernel, n, List.of(pairs[0], pairs[1], TypedArrays.of(result, n)), List.of());
  }

  /** Every cast and bitcast from every type. */
  private static KernelSample casts() {
    List<Buffer> buffers = new ArrayList<>();
    List<Object> data = new ArrayList<>();
    List<Stmt> body = new ArrayList<>();
    List<Type> types = List.of(Type.F64, Type.F32, Type.I64, Type.I32, Type.BOOL);
    int n = Integer.MAX_VALUE;
    for (Type type : types) {
      buffers.add(read(type));
      Object values = type == Type.BOOL ? flags(2000) : pairs(type)[0];
      data.add(values);
      n = Math.min(n, TypedArrays.length(values));
    }
    for (int from = 0; from < types.size(); from++) {
      for (Type to : types) {
        Expr value = load(from, ROW, types.get(from));
        body.add(new Stmt.Store(buffers.size(), ROW, cast(to, value)));
        buffers.add(write(to));
        data.add(TypedArrays.of(to, n));
      }
    }
    List<Type> partners = List.of(Type.I64, Type.I32, Type.F64, Type.F32);
    for (int from = 0; from < partners.size(); from++) {
      Type to = partners.get(from);
      body.add(new Stmt.Store(buffers.size(), ROW, bitcast(to, load(from, ROW, types.get(from)))));
      buffers.add(write(to));
      data.add(TypedArrays.of(to, n));
    }
    Kernel kernel = new Kernel("casts", buffers, List.of(), ROW, true, body);
    return new KernelSample("casts", kernel, n, data, List.of());
  }

  /** Loads U8 as I32, stores by truncation. */
  private static KernelSample bytes() {
    int n = 256;
    byte[] values = new byte[n];
    for (int i = 0; i < n; i++) {
      values[i] = (byte) i;
    }
    Expr x = load(0, ROW, Type.U8);
    Kernel kernel =
        new Kernel(
            "bytes",
            List.of(read(Type.U8), write(Type.U8), write(Type.F32)),
            List.of(Type.F32),
            ROW,
            true,
            List.of(
                new Stmt.Store(1, ROW, add(mul(x, int32(3)), int32(-7))),
                new Stmt.Store(2, ROW, mul(cast(Type.F32, x), new Expr.Param(0, Type.F32)))));
    return new KernelSample(
        "bytes", kernel, n, List.of(values, new byte[n], new float[n]), List.of(1 / 255f));
  }

  private static KernelSample booleans() {
    int n = 37;
    Expr a = load(0, ROW, Type.BOOL);
    Expr b = load(1, ROW, Type.BOOL);
    Expr p = new Expr.Param(0, Type.BOOL);
    Kernel kernel =
        new Kernel(
            "booleans",
            List.of(read(Type.BOOL), read(Type.BOOL), write(Type.BOOL)),
            List.of(Type.BOOL),
            ROW,
            true,
            List.of(new Stmt.Store(2, ROW, or(and(a, not(b)), xor(p, eq(a, Exprs.max(a, b)))))));
    return new KernelSample(
        "booleans", kernel, n, List.of(flags(n), flags(n + 5), new byte[n]), List.of(1));
  }

  private static KernelSample sum(Type type, int n) {
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var total = new Expr.Var("total", type);
    Kernel kernel =
        new Kernel(
            "sum",
            List.of(read(type), write(type)),
            List.of(),
            ROW,
            false,
            List.of(
                sum(i, int64(n), load(0, add(mul(ROW, int64(n)), i), type), total),
                new Stmt.Store(1, ROW, total)));
    return new KernelSample(
        "sum " + type + " " + n,
        kernel,
        2,
        List.of(normal(type, 2 * n, n), TypedArrays.of(type, 2)),
        List.of());
  }

  private static KernelSample integerSum() {
    int n = 5000;
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var total = new Expr.Var("total", Type.I64);
    Expr.Var count = new Expr.Var("count", Type.I32);
    Expr.Var least = new Expr.Var("least", Type.I32);
    Expr x = load(0, i, Type.I32);
    Kernel kernel =
        new Kernel(
            "integerSum",
            List.of(read(Type.I32), write(Type.I64), write(Type.I32), write(Type.I32)),
            List.of(),
            ROW,
            false,
            List.of(
                sum(i, int64(n), cast(Type.I64, x), total),
                sum(
                    new Expr.Var("j", Type.I64),
                    int64(n),
                    cast(Type.I32, gt(load(0, new Expr.Var("j", Type.I64), Type.I32), int32(0))),
                    count),
                reduce(
                    new Expr.Var("k", Type.I64),
                    int64(n),
                    load(0, new Expr.Var("k", Type.I64), Type.I32),
                    least,
                    int32(Integer.MAX_VALUE),
                    BinaryOp.MIN),
                new Stmt.Store(1, ROW, total),
                new Stmt.Store(2, ROW, count),
                new Stmt.Store(3, ROW, least)));
    int[] data = new Random(5).ints(n).toArray();
    return new KernelSample(
        "integerSum", kernel, 1, List.of(data, new long[1], new int[1], new int[1]), List.of());
  }

  /** The first place of the largest value; NaN is larger than anything. */
  private static KernelSample argmax(Type type, int n) {
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var best = new Expr.Var("best", type);
    Expr.Var place = new Expr.Var("place", Type.I64);
    Expr.Var lv = new Expr.Var("lv", type);
    Expr.Var li = new Expr.Var("li", Type.I64);
    Expr.Var rv = new Expr.Var("rv", type);
    Expr.Var ri = new Expr.Var("ri", Type.I64);
    Expr same = or(eq(lv, rv), and(isNan(lv), isNan(rv)));
    Expr left = or(or(gt(lv, rv), and(isNan(lv), not(isNan(rv)))), and(same, lt(li, ri)));
    Stmt.Combine combine =
        new Stmt.Combine(
            List.of(lv, li), List.of(rv, ri), List.of(select(left, lv, rv), select(left, li, ri)));
    Kernel kernel =
        new Kernel(
            "argmax",
            List.of(read(type), write(type), write(Type.I64)),
            List.of(),
            ROW,
            false,
            List.of(
                new Stmt.Reduce(
                    i,
                    int64(n),
                    List.of(),
                    List.of(load(0, add(mul(ROW, int64(n)), i), type), i),
                    List.of(best, place),
                    List.of(constant(type, Double.NEGATIVE_INFINITY), int64(Long.MAX_VALUE)),
                    combine),
                new Stmt.Store(1, ROW, best),
                new Stmt.Store(2, ROW, place)));
    Object data = normal(type, 3 * n, n + 1);
    if (n > 30) {
      TypedArrays.set(data, n / 2, 7.5);
      TypedArrays.set(data, n - 1, 7.5);
      TypedArrays.set(data, n + 29, Double.NaN);
      TypedArrays.set(data, n + 30, Double.NaN);
    }
    return new KernelSample(
        "argmax " + type + " " + n,
        kernel,
        3,
        List.of(data, TypedArrays.of(type, 3), new long[3]),
        List.of());
  }

  /** log(sum(exp(x))) in one pass over (maximum, scaled sum) pairs. */
  private static KernelSample onlineLogSumExp(Type type, int rows, int n) {
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var lm = new Expr.Var("lm", type);
    Expr.Var ls = new Expr.Var("ls", type);
    Expr.Var rm = new Expr.Var("rm", type);
    Expr.Var rs = new Expr.Var("rs", type);
    Expr.Var m = new Expr.Var("m", type);
    Expr.Var top = new Expr.Var("top", type);
    Expr.Var scaled = new Expr.Var("scaled", type);
    Expr lowest = constant(type, -1e30);
    Stmt.Combine combine =
        new Stmt.Combine(
            List.of(lm, ls),
            List.of(rm, rs),
            List.of(new Stmt.Let(m, max(lm, rm))),
            List.of(m, add(mul(ls, exp(sub(lm, m))), mul(rs, exp(sub(rm, m))))));
    Kernel kernel =
        new Kernel(
            "logSumExp",
            List.of(read(type), write(type)),
            List.of(),
            ROW,
            false,
            List.of(
                new Stmt.Reduce(
                    i,
                    int64(n),
                    List.of(),
                    List.of(load(0, add(mul(ROW, int64(n)), i), type), constant(type, 1)),
                    List.of(top, scaled),
                    List.of(lowest, constant(type, 0)),
                    combine),
                new Stmt.Store(1, ROW, add(top, Exprs.log(scaled)))));
    return new KernelSample(
        "logSumExp " + type,
        kernel,
        rows,
        List.of(normal(type, rows * n, 3), TypedArrays.of(type, rows)),
        List.of());
  }

  private static KernelSample softmax(Type type, int rows, int n) {
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var j = new Expr.Var("j", Type.I64);
    Expr.Var k = new Expr.Var("k", Type.I64);
    Expr.Var top = new Expr.Var("top", type);
    Expr.Var total = new Expr.Var("total", type);
    Expr start = mul(ROW, int64(n));
    Kernel kernel =
        new Kernel(
            "softmax",
            List.of(read(type), new Buffer(type, Access.READ_WRITE)),
            List.of(),
            ROW,
            false,
            List.of(
                reduce(
                    i,
                    int64(n),
                    load(0, add(start, i), type),
                    top,
                    constant(type, Double.NEGATIVE_INFINITY),
                    BinaryOp.MAX),
                new Stmt.Vector(
                    j,
                    int64(n),
                    List.of(
                        new Stmt.Store(
                            1, add(start, j), exp(sub(load(0, add(start, j), type), top))))),
                sum(k, int64(n), load(1, add(start, k), type), total),
                new Stmt.Vector(
                    new Expr.Var("l", Type.I64),
                    int64(n),
                    List.of(
                        new Stmt.Store(
                            1,
                            add(start, new Expr.Var("l", Type.I64)),
                            div(load(1, add(start, new Expr.Var("l", Type.I64)), type), total))))));
    Object data = normal(type, rows * n, 11);
    TypedArrays.set(data, 2 * n + 3, Double.NaN);
    TypedArrays.set(data, 3 * n + 3, Double.NEGATIVE_INFINITY);
    return new KernelSample(
        "softmax " + type, kernel, rows, List.of(data, TypedArrays.of(type, rows * n)), List.of());
  }

  private static KernelSample layerNorm(Type type, int rows, int n) {
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var j = new Expr.Var("j", Type.I64);
    Expr.Var k = new Expr.Var("k", Type.I64);
    Expr.Var total = new Expr.Var("total", type);
    Expr.Var mean = new Expr.Var("mean", type);
    Expr.Var squares = new Expr.Var("squares", type);
    Expr.Var scale = new Expr.Var("scale", type);
    Expr.Var d = new Expr.Var("d", type);
    Expr start = mul(ROW, int64(n));
    Expr count = constant(type, n);
    Kernel kernel =
        new Kernel(
            "layerNorm",
            List.of(read(type), read(type), read(type), write(type)),
            List.of(type),
            ROW,
            false,
            List.of(
                sum(i, int64(n), load(0, add(start, i), type), total),
                new Stmt.Let(mean, div(total, count)),
                new Stmt.Reduce(
                    j,
                    int64(n),
                    List.of(new Stmt.Let(d, sub(load(0, add(start, j), type), mean))),
                    List.of(mul(d, d)),
                    List.of(squares),
                    List.of(constant(type, 0)),
                    combine(type, "squares", BinaryOp.ADD)),
                new Stmt.Let(
                    scale,
                    div(
                        constant(type, 1),
                        sqrt(add(div(squares, count), new Expr.Param(0, type))))),
                new Stmt.Vector(
                    k,
                    int64(n),
                    List.of(
                        new Stmt.Store(
                            3,
                            add(start, k),
                            fma(
                                mul(sub(load(0, add(start, k), type), mean), scale),
                                load(1, k, type),
                                load(2, k, type)))))));
    return new KernelSample(
        "layerNorm " + type,
        kernel,
        rows,
        List.of(
            normal(type, rows * n, 1),
            normal(type, n, 2),
            normal(type, n, 3),
            TypedArrays.of(type, rows * n)),
        List.of(1e-5));
  }

  /** Bias, GELU by erf, and its use of one value many times. */
  private static KernelSample fusedActivation(Type type) {
    int n = 1000;
    Expr x = add(load(0, ROW, type), load(1, rem(ROW, int64(10)), type));
    Expr half = constant(type, 0.5);
    Expr one = constant(type, 1);
    Expr gelu = mul(mul(half, x), add(one, Exprs.erf(mul(x, constant(type, Math.sqrt(0.5))))));
    Expr sigmoid = div(one, add(one, exp(Exprs.neg(gelu))));
    Kernel kernel =
        new Kernel(
            "fusedActivation",
            List.of(read(type), read(type), write(type)),
            List.of(),
            ROW,
            true,
            List.of(new Stmt.Store(2, ROW, mul(gelu, Exprs.tanh(sigmoid)))));
    return new KernelSample(
        "fusedActivation " + type,
        kernel,
        n,
        List.of(normal(type, n, 8), normal(type, 10, 9), TypedArrays.of(type, n)),
        List.of());
  }

  private static KernelSample stridedTranspose() {
    int height = 13;
    int width = 21;
    Expr i = div(ROW, int64(height));
    Expr j = rem(ROW, int64(height));
    Kernel kernel =
        new Kernel(
            "stridedTranspose",
            List.of(read(Type.F32), write(Type.F32)),
            List.of(Type.I64),
            ROW,
            true,
            List.of(
                new Stmt.Store(
                    1, ROW, load(0, add(i, mul(j, new Expr.Param(0, Type.I64))), Type.F32))));
    return new KernelSample(
        "stridedTranspose",
        kernel,
        (long) height * width,
        List.of(normal(Type.F32, height * width, 4), new float[height * width]),
        List.of(width));
  }

  private static KernelSample cumulativeSum() {
    int rows = 3;
    int n = 100;
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var total = new Expr.Var("total", Type.F32);
    Expr.Var x = new Expr.Var("x", Type.F32);
    Expr at = add(mul(ROW, int64(n)), i);
    Kernel kernel =
        new Kernel(
            "cumulativeSum",
            List.of(read(Type.F32), write(Type.F32), write(Type.F32)),
            List.of(),
            ROW,
            false,
            List.of(
                new Stmt.Serial(
                    i,
                    int64(n),
                    List.of(new Stmt.Carried(total, constant(Type.F32, 0), add(total, x))),
                    List.of(
                        new Stmt.Let(x, load(0, at, Type.F32)),
                        new Stmt.Store(1, at, add(total, x)))),
                new Stmt.Store(2, ROW, total)));
    return new KernelSample(
        "cumulativeSum",
        kernel,
        rows,
        List.of(normal(Type.F32, rows * n, 6), new float[rows * n], new float[rows]),
        List.of());
  }

  /** Two values carried at once (Fibonacci) beside an fma chain, with an extent from data. */
  private static KernelSample serialDot() {
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var a = new Expr.Var("a", Type.I64);
    Expr.Var b = new Expr.Var("b", Type.I64);
    Expr.Var dot = new Expr.Var("dot", Type.F32);
    Expr x = load(1, i, Type.F32);
    Kernel kernel =
        new Kernel(
            "serialDot",
            List.of(read(Type.I32), read(Type.F32), write(Type.I64), write(Type.F32)),
            List.of(),
            ROW,
            false,
            List.of(
                new Stmt.Serial(
                    i,
                    cast(Type.I64, load(0, ROW, Type.I32)),
                    List.of(
                        new Stmt.Carried(a, int64(0), b),
                        new Stmt.Carried(b, int64(1), add(a, b)),
                        new Stmt.Carried(dot, constant(Type.F32, 0), fma(x, x, dot))),
                    List.of()),
                new Stmt.Store(2, ROW, a),
                new Stmt.Store(3, ROW, dot)));
    return new KernelSample(
        "serialDot",
        kernel,
        5,
        List.of(new int[] {0, 1, 2, 10, 50}, normal(Type.F32, 50, 7), new long[5], new float[5]),
        List.of());
  }

  /** Philox 4x32-10 of the row under a 64-bit key, and a uniform float from its first word. */
  private static KernelSample philox() {
    int n = 100;
    Expr mask = int64(0xffffffffL);
    Expr key = new Expr.Param(0, Type.I64);
    Expr k0 = and(key, mask);
    Expr k1 = ushr(key, int64(32));
    Expr c0 = and(ROW, mask);
    Expr c1 = ushr(ROW, int64(32));
    Expr c2 = int64(0);
    Expr c3 = int64(0);
    List<Stmt> body = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      Expr.Var p0 = new Expr.Var("p" + round, Type.I64);
      Expr.Var p1 = new Expr.Var("q" + round, Type.I64);
      body.add(new Stmt.Let(p0, mul(c0, int64(0xD2511F53L))));
      body.add(new Stmt.Let(p1, mul(c2, int64(0xCD9E8D57L))));
      c0 = xor(xor(ushr(p1, int64(32)), c1), k0);
      c1 = and(p1, mask);
      c2 = xor(xor(ushr(p0, int64(32)), c3), k1);
      c3 = and(p0, mask);
      k0 = and(add(k0, int64(0x9E3779B9L)), mask);
      k1 = and(add(k1, int64(0xBB67AE85L)), mask);
    }
    Expr uniform = mul(cast(Type.F32, ushr(c0, int64(8))), constant(Type.F32, 0x1p-24));
    body.add(new Stmt.Store(0, ROW, cast(Type.I32, c0)));
    body.add(new Stmt.Store(1, ROW, cast(Type.I32, c3)));
    body.add(new Stmt.Store(2, ROW, uniform));
    Kernel kernel =
        new Kernel(
            "philox",
            List.of(write(Type.I32), write(Type.I32), write(Type.F32)),
            List.of(Type.I64),
            ROW,
            true,
            body);
    return new KernelSample(
        "philox",
        kernel,
        n,
        List.of(new int[n], new int[n], new float[n]),
        List.of(0x123456789abcdefL));
  }

  /** A checked gather; the bad one reports row 17, the first of two. */
  private static KernelSample gather(boolean bad) {
    int n = 40;
    int size = 10;
    long[] indices = new Random(2).longs(n, 0, size).toArray();
    if (bad) {
      indices[17] = -3;
      indices[30] = size;
    }
    Expr.Var index = new Expr.Var("index", Type.I64);
    Expr ok = and(ge(index, int64(0)), lt(index, int64(size)));
    Expr safe = select(ok, index, int64(0));
    Kernel kernel =
        new Kernel(
            "gather",
            List.of(read(Type.I64), read(Type.F32), write(Type.F32)),
            List.of(),
            ROW,
            true,
            List.of(
                new Stmt.Let(index, load(0, ROW, Type.I64)),
                new Stmt.Store(
                    2,
                    ROW,
                    new Expr.Check(
                        ok,
                        ErrorCode.INDEX_OUT_OF_RANGE,
                        index,
                        load(1, safe, Type.F32),
                        constant(Type.F32, 0)))));
    return new KernelSample(
        bad ? "gather out of range" : "gather",
        kernel,
        n,
        List.of(indices, normal(Type.F32, size, 12), new float[n]),
        List.of());
  }

  private static KernelSample inPlaceAxpy() {
    int n = 77;
    Kernel kernel =
        new Kernel(
            "inPlaceAxpy",
            List.of(read(Type.F32), new Buffer(Type.F32, Access.READ_WRITE)),
            List.of(Type.F32),
            ROW,
            true,
            List.of(
                new Stmt.Store(
                    1,
                    ROW,
                    add(
                        load(1, ROW, Type.F32),
                        mul(new Expr.Param(0, Type.F32), load(0, ROW, Type.F32))))));
    return new KernelSample(
        "inPlaceAxpy",
        kernel,
        n,
        List.of(normal(Type.F32, n, 13), normal(Type.F32, n, 14)),
        List.of(0.3f));
  }

  private static Stmt.Reduce sum(Expr.Var index, Expr extent, Expr value, Expr.Var result) {
    return reduce(index, extent, value, result, constant(result.type(), 0), BinaryOp.ADD);
  }

  private static Stmt.Reduce reduce(
      Expr.Var index, Expr extent, Expr value, Expr.Var result, Expr identity, BinaryOp op) {
    return new Stmt.Reduce(
        index,
        extent,
        List.of(),
        List.of(value),
        List.of(result),
        List.of(identity),
        combine(result.type(), result.name(), op));
  }

  private static Stmt.Combine combine(Type type, String name, BinaryOp op) {
    Expr.Var left = new Expr.Var(name + "Left", type);
    Expr.Var right = new Expr.Var(name + "Right", type);
    return new Stmt.Combine(List.of(left), List.of(right), List.of(binary(op, left, right)));
  }

  private static Buffer read(Type type) {
    return new Buffer(type, Access.READ);
  }

  private static Buffer write(Type type) {
    return new Buffer(type, Access.WRITE);
  }

  /** All pairs of special values, then random pairs. */
  private static Object[] pairs(Type type) {
    double[] special = {
      0.0,
      -0.0,
      1,
      -1,
      0.5,
      -0.5,
      1.5,
      2.5,
      -2.5,
      3,
      10,
      88.7,
      -104,
      1e-40,
      -1e-40,
      1.1754944e-38,
      3.4e38,
      -3.4e38,
      2147483647,
      -2147483648.0,
      9.3e18,
      -9.3e18,
      1e300,
      -1e-310,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN
    };
    long[] whole = {
      0,
      1,
      -1,
      2,
      -2,
      7,
      31,
      32,
      33,
      63,
      64,
      65,
      255,
      256,
      65536,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      Integer.MAX_VALUE + 1L,
      Integer.MIN_VALUE - 1L,
      1L << 53,
      (1L << 53) + 1,
      0x4000004000000001L,
      Long.MAX_VALUE,
      Long.MIN_VALUE
    };
    int count = type.isFloat() ? special.length : whole.length;
    int n = count * count + 500;
    Object a = TypedArrays.of(type, n);
    Object b = TypedArrays.of(type, n);
    Random random = new Random(type.ordinal());
    for (int i = 0; i < n; i++) {
      boolean grid = i < count * count;
      if (type.isFloat()) {
        double scale = Math.pow(10, random.nextInt(6) - 3);
        TypedArrays.set(a, i, grid ? special[i / count] : random.nextGaussian() * scale);
        TypedArrays.set(b, i, grid ? special[i % count] : random.nextGaussian());
      } else {
        TypedArrays.set(a, i, grid ? whole[i / count] : random.nextLong());
        TypedArrays.set(b, i, grid ? whole[i % count] : random.nextLong() >> random.nextInt(64));
      }
    }
    return new Object[] {a, b};
  }

  private static Object normal(Type type, int n, long seed) {
    Random random = new Random(seed);
    Object array = TypedArrays.of(type, n);
    for (int i = 0; i < n; i++) {
      TypedArrays.set(array, i, random.nextGaussian());
    }
    return array;
  }

  private static byte[] flags(int n) {
    Random random = new Random(n);
    byte[] flags = new byte[n];
    for (int i = 0; i < n; i++) {
      flags[i] = (byte) random.nextInt(2);
    }
    return flags;
  }
}
