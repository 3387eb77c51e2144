package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

/** erf: in float 1 - 2^-q(x) throughout, in double a polynomial below 1. */
final class ErrorFunctionExpansion {
  /** -log2(erfc(x)) / x for 0 <= x <= 3.95: relative error of erf below 2^-27. */
  private static final double[] LOG_COMPLEMENT = {
    1.627907f,
    0.91844743f,
    0.14827923f,
    -0.027641347f,
    -0.00021229556f,
    0.0023843995f,
    -0.0009010521f,
    0.0001662263f,
    -1.2950163e-05f
  };

  /** (2^r - 1) / r for |r| <= 1/2: relative error 2^-26. */
  private static final double[] POWER = {
    0.6931472f, 0.24022649f, 0.055503674f, 0.009618311f, 0.0013387382f, 0.00015382114f
  };

  /** erf(x) / x - 1 in x^2 for |x| <= 1, to 2^-55. */
  private static final double[] SMALL_DOUBLE = {
    0.12837916709551256,
    -0.37612638903183543,
    0.1128379167094513,
    -0.026866170643256995,
    0.005223977607269946,
    -0.0008548325982543225,
    0.00012055295112667001,
    -1.4924740785377576e-05,
    1.6447471190594618e-06,
    -1.6208829856810202e-07,
    1.3721520406351094e-08,
    -7.798543850549947e-10
  };

  /** exp(x^2) erfc(x) in (x - c) / (x + c), c = sqrt(6), for 1 <= x <= 6: error of erf 2^-57. */
  private static final double[] LARGE_DOUBLE = {
    0.21462633906982082,
    -0.3768742538656723,
    0.25166683742165447,
    -0.12145140284541185,
    0.036308131499350284,
    -0.002268926136739391,
    -0.0028574570974212203,
    0.000685546488789073,
    0.0002948616070984949,
    -0.00010408808376951835,
    -4.932236855444188e-05,
    9.183996047039724e-06,
    6.795810711244355e-06
  };

  private ErrorFunctionExpansion() {}

  static Expr erf(Expr x) {
    return x.type() == Type.F32 ? single(x) : wide(x);
  }

  /**
   * The logarithm of erfc is smooth at 0, so that one formula serves the whole range: with its
   * parts k + r, k whole, 2^r - 1 has no cancellation near 0.
   */
  private static Expr single(Expr x) {
    Floats floats = Floats.SINGLE;
    // Beyond, the result rounds to 1.
    Expr a = abs(x);
    Expr near = select(lt(floats.real(3.95), a), floats.real(3.95), a);
    Expr log = neg(mul(near, floats.paired(near, LOG_COMPLEMENT)));
    Floats.Rounded k = floats.round(log, 1);
    Expr r = sub(log, k.value());
    Expr square = mul(r, r);
    Expr even = floats.polynomial(square, POWER[1], POWER[3], POWER[5]);
    Expr odd = floats.polynomial(square, POWER[2], POWER[4]);
    Expr power = fma(r, floats.real(POWER[0]), mul(square, fma(odd, r, even)));
    Expr scale = floats.powerOfTwo(k.integer());
    return copySign(fma(power, scale, sub(scale, floats.real(1))), x);
  }

  private static Expr wide(Expr x) {
    Floats floats = Floats.DOUBLE;
    // Beyond, the result rounds to 1.
    Expr a = floats.clamp(abs(x), 0, 6);
    Expr z = mul(a, a);
    Expr small = fma(floats.polynomial(z, SMALL_DOUBLE), a, a);
    Expr center = floats.real(Math.sqrt(6));
    Expr t = div(sub(a, center), add(a, center));
    Expr complement = mul(Exponential.exp(neg(z)), floats.polynomial(t, LARGE_DOUBLE));
    Expr one = floats.real(1);
    return copySign(select(lt(a, one), small, sub(one, complement)), x);
  }
}
