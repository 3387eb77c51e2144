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

/** erf: a polynomial below 1, one minus an exponential above. */
final class ErrorFunctionExpansion {
  /** erf(x) / x - 1 in x^2 for |x| <= 1, to 2^-29. */
  private static final double[] SMALL_SINGLE = {
    0.12837917f,
    -0.3761263f,
    0.11283618f,
    -0.026855126f,
    0.005190734f,
    -0.0008030762f,
    7.920374e-05f
  };

  /** -log(erfc(x)) for 1 <= x <= 4: error of erf below 2^-29. */
  private static final double[] LARGE_SINGLE = {
    0.0003415745f, 1.127089f, 0.638145f, 0.10310666f, -0.021838063f, 0.0029476704f, -0.00018638163f
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
    Floats floats = Floats.of(x.type());
    boolean single = floats == Floats.SINGLE;
    Expr one = floats.real(1);
    // Beyond, the result rounds to 1.
    Expr a = floats.clamp(abs(x), 0, single ? 4 : 6);
    Expr z = mul(a, a);
    Expr small = fma(floats.polynomial(z, single ? SMALL_SINGLE : SMALL_DOUBLE), a, a);
    Expr complement;
    if (single) {
      complement = Exponential.exp(neg(floats.polynomial(a, LARGE_SINGLE)));
    } else {
      Expr center = floats.real(Math.sqrt(6));
      Expr t = div(sub(a, center), add(a, center));
      complement = mul(Exponential.exp(neg(z)), floats.polynomial(t, LARGE_DOUBLE));
    }
    return copySign(select(lt(a, one), small, sub(one, complement)), x);
  }
}
