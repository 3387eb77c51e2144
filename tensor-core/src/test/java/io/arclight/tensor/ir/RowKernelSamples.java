package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.binary;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.fma;
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
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.SampleData.ROW;
import static io.arclight.tensor.ir.SampleData.normal;
import static io.arclight.tensor.ir.SampleData.read;
import static io.arclight.tensor.ir.SampleData.write;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Kernel.Access;
import io.arclight.tensor.ir.Kernel.Buffer;
import java.util.List;
import java.util.Random;

/** Sample kernels with a loop in each row: reductions, scans and what is made of them. */
final class RowKernelSamples {
  private RowKernelSamples() {}

  static KernelSample sum(Type type, int n) {
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

  static KernelSample integerSum() {
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
  static KernelSample argmax(Type type, int n) {
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
  static KernelSample onlineLogSumExp(Type type, int rows, int n) {
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

  static KernelSample softmax(Type type, int rows, int n) {
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

  static KernelSample layerNorm(Type type, int rows, int n) {
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

  static KernelSample cumulativeSum() {
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

  /** The greatest so far and its place, backwards, in groups of {@code lanes}. */
  static KernelSample extremesSoFar(Type type, int lanes, int n) {
    int rows = 3;
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var x = new Expr.Var("x", type);
    Expr.Var most = new Expr.Var("most", type);
    Expr.Var place = new Expr.Var("place", Type.I64);
    Expr.Var a = new Expr.Var("a", type);
    Expr.Var b = new Expr.Var("b", type);
    Expr.Var placeOfA = new Expr.Var("placeOfA", Type.I64);
    Expr.Var placeOfB = new Expr.Var("placeOfB", Type.I64);
    Expr.Var more = new Expr.Var("more", Type.BOOL);
    Expr at = sub(add(mul(ROW, int64(n)), int64(n - 1)), i);
    Kernel kernel =
        new Kernel(
            "extremesSoFar",
            List.of(read(type), write(type), write(Type.I64)),
            List.of(),
            ROW,
            false,
            List.of(
                new Stmt.Scan(
                    i,
                    int64(n),
                    lanes,
                    List.of(new Stmt.Let(x, load(0, at, type))),
                    List.of(mul(x, x), i),
                    List.of(most, place),
                    List.of(constant(type, 0), int64(-1)),
                    new Stmt.Combine(
                        List.of(a, placeOfA),
                        List.of(b, placeOfB),
                        List.of(new Stmt.Let(more, gt(b, a))),
                        List.of(select(more, b, a), select(more, placeOfB, placeOfA))),
                    List.of(
                        new Stmt.Store(1, at, add(most, constant(type, 1))),
                        new Stmt.Store(2, at, place)))));
    return new KernelSample(
        "extremesSoFar " + type + " " + lanes + " " + n,
        kernel,
        rows,
        List.of(normal(type, rows * n, 6), TypedArrays.of(type, rows * n), new long[rows * n]),
        List.of());
  }

  /** Running sums, whose bits show the order in which they were taken. */
  static KernelSample sumsSoFar(Type type, int lanes, int n) {
    int rows = 3;
    Expr.Var i = new Expr.Var("i", Type.I64);
    Expr.Var total = new Expr.Var("total", type);
    Expr at = add(mul(ROW, int64(n)), i);
    Kernel kernel =
        new Kernel(
            "sumsSoFar",
            List.of(read(type), write(type)),
            List.of(),
            ROW,
            false,
            List.of(
                new Stmt.Scan(
                    i,
                    int64(n),
                    lanes,
                    List.of(),
                    List.of(load(0, at, type)),
                    List.of(total),
                    List.of(constant(type, 0)),
                    combine(type, "total", BinaryOp.ADD),
                    List.of(new Stmt.Store(1, at, total)))));
    return new KernelSample(
        "sumsSoFar " + type + " " + lanes + " " + n,
        kernel,
        rows,
        List.of(normal(type, rows * n, 8), TypedArrays.of(type, rows * n)),
        List.of());
  }

  /** Two values carried at once (Fibonacci) beside an fma chain, with an extent from data. */
  static KernelSample serialDot() {
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

  static Stmt.Reduce sum(Expr.Var index, Expr extent, Expr value, Expr.Var result) {
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
}
