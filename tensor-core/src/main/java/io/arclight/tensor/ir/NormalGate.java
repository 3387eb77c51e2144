package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.erf;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.shl;
import static io.arclight.tensor.ir.Exprs.sub;

/**
 * The normal distribution as the factor of x in GELU, where its tail counts by what it adds: for
 * F32 GELU is within 3 units in the last place above 0, 10 down to -2, and 10^-8 beyond. PyTorch's
 * form loses all digits from -5 on.
 */
final class NormalGate {
  /** log2(2 ndtr(-t)) / t for 0 <= t <= 6.5. */
  private static final double[] LOG_TAIL = {
    -1.1511066f,
    -0.4591972f,
    -0.052517954f,
    0.0070642163f,
    -9.8093886e-05f,
    -0.00023156057f,
    6.227019e-05f,
    -8.495561e-06f,
    6.248071e-07f,
    -1.9564144e-08f
  };

  /** 2^r for |r| <= 1/2: relative error 2^-26. */
  private static final double[] POWER = {
    1, 0.6931472f, 0.24022649f, 0.055503674f, 0.009618311f, 0.0013387382f, 0.00015382114f
  };

  /** Where the tail ends. */
  private static final double END = 6.5;

  private NormalGate() {}

  static Expr of(Expr x) {
    if (x.type() == Type.F64) {
      Expr half = constant(Type.F64, 0.5);
      return fma(half, erf(mul(x, constant(Type.F64, Math.sqrt(0.5)))), half);
    }
    Expr zero = constant(x.type(), 0);
    Expr t = abs(x);
    Expr tail = select(gt(t, end(x)), zero, tail(t));
    return select(lt(x, zero), tail, sub(constant(x.type(), 1), tail));
  }

  /** x ndtr(x), from what it is for large x: x or 0. */
  static Expr gelu(Expr x) {
    if (x.type() == Type.F64) {
      return mul(x, of(x));
    }
    Expr zero = constant(x.type(), 0);
    Expr far = select(gt(x, zero), x, zero);
    Expr t = abs(x);
    return select(gt(t, end(x)), far, sub(far, mul(t, tail(t))));
  }

  private static Expr end(Expr x) {
    return constant(x.type(), END);
  }

  /** ndtr(-t) for t from 0 to {@link #END}. */
  private static Expr tail(Expr t) {
    Floats floats = Floats.SINGLE;
    Expr log = fma(t, floats.treeAbove(t, LOG_TAIL), floats.real(-1));
    Floats.Rounded k = floats.round(log, 1);
    Expr power = floats.treeAbove(sub(log, k.value()), POWER);
    return bitcast(
        floats.type,
        add(bitcast(floats.bits, power), shl(k.integer(), floats.integer(floats.fraction))));
  }
}
