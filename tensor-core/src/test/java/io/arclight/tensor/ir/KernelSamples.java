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
import static io.arclight.tensor.ir.Exprs.int32;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.load;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.not;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.rem;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.unary;
import static io.arclight.tensor.ir.Exprs.ushr;
import static io.arclight.tensor.ir.Exprs.xor;
import static io.arclight.tensor.ir.SampleData.ROW;
import static io.arclight.tensor.ir.SampleData.flags;
import static io.arclight.tensor.ir.SampleData.normal;
import static io.arclight.tensor.ir.SampleData.pairs;
import static io.arclight.tensor.ir.SampleData.read;
import static io.arclight.tensor.ir.SampleData.write;

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

  private static final int[] SIZES = {0, 1, 31, 32, 33, 4095, 4096, 4097, 10000};

  private KernelSamples() {}

  public static List<KernelSample> all() {
    List<KernelSample> samples = new ArrayList<>();
    for (Type type : List.of(Type.F32, Type.F64)) {
      samples.addAll(floats(type));
      samples.add(RowKernelSamples.softmax(type, 5, 70));
      samples.add(RowKernelSamples.layerNorm(type, 3, 129));
      samples.add(fusedActivation(type));
      for (int size : SIZES) {
        samples.add(RowKernelSamples.sum(type, size));
        samples.add(RowKernelSamples.argmax(type, size));
      }
      samples.add(RowKernelSamples.onlineLogSumExp(type, 4, 5000));
      for (int size : new int[] {1, 16, 29, 83}) {
        samples.add(RowKernelSamples.extremesSoFar(type, 16, size));
        samples.add(RowKernelSamples.sumsSoFar(type, 8, size));
      }
    }
    samples.addAll(integers(Type.I32));
    samples.addAll(integers(Type.I64));
    samples.add(RowKernelSamples.integerSum());
    samples.add(casts());
    samples.add(bytes());
    samples.add(narrow());
    samples.addAll(HalfSamples.all());
    samples.add(booleans());
    samples.add(stridedTranspose());
    samples.add(RowKernelSamples.cumulativeSum());
    samples.add(RowKernelSamples.serialDot());
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
    for (SpecialFunction f : SpecialFunction.values()) {
      Expr value = f.arity() == 1 ? Exprs.call(f, a) : Exprs.call(f, a, b);
      samples.add(elementwise(f.name(), type, value, pairs));
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

  /** Loads I8 and I16 with their sign, stores by truncation. */
  private static KernelSample narrow() {
    int n = 1 << 16;
    byte[] bytes = new byte[n];
    short[] shorts = new short[n];
    for (int i = 0; i < n; i++) {
      bytes[i] = (byte) (i >> 8);
      shorts[i] = (short) i;
    }
    Expr product = mul(load(0, ROW, Type.I8), load(1, ROW, Type.I16));
    Kernel kernel =
        new Kernel(
            "narrow",
            List.of(
                read(Type.I8), read(Type.I16), write(Type.I8), write(Type.I16), write(Type.I32)),
            List.of(),
            ROW,
            true,
            List.of(
                new Stmt.Store(2, ROW, product),
                new Stmt.Store(3, ROW, product),
                new Stmt.Store(4, ROW, product)));
    List<Object> data = List.of(bytes, shorts, new byte[n], new short[n], new int[n]);
    return new KernelSample("narrow", kernel, n, data, List.of());
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
}
