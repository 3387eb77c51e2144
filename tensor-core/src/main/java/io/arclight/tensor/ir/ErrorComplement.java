package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.log1p;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

/** What the error function leaves to 1, and the normal distribution, on F64 values. */
final class ErrorComplement {
  private static final Floats F = Floats.DOUBLE;

  /** (1 + 2x) exp(x^2) erfc(x) in (x - 3) / (x + 3) for x >= 0. */
  private static final double[] SCALED = {
    1.2530080582697296,
    -0.13562110612458117,
    -0.04756229435345087,
    0.1296451587027606,
    -0.11927366341530699,
    0.06830802734397848,
    -0.023770514918645888,
    0.002529391816066239,
    0.0018886903591561553,
    -0.0007798322721083991,
    -0.00010515979981501177,
    0.00012509935235563107,
    4.949484992570595e-06,
    -2.0100567931289227e-05,
    -7.315105164159062e-07,
    3.472414602875686e-06,
    3.5683839153992204e-07,
    -6.166496077604353e-07,
    -1.4160064940265987e-07,
    1.0187000600072885e-07,
    4.180784698845582e-08,
    -1.3326364813003834e-08,
    -8.500397929772615e-09,
    9.885798831139365e-10,
    8.864219016427092e-10
  };

  private ErrorComplement() {}

  /** exp(x^2) erfc(x) for x >= 0. */
  static Expr scaledTail(Expr x) {
    Expr three = F.real(3);
    // Written so that infinity has a value.
    Expr t = sub(F.real(1), div(F.real(6), add(x, three)));
    return div(F.polynomial(t, SCALED), fma(F.real(2), x, F.real(1)));
  }

  /**
   * exp(-factor x^2), where a factor is a power of two, without the loss of rounding the square.
   */
  static Expr gaussian(Expr x, double factor) {
    Expr square = mul(x, x);
    Expr lost = fma(x, x, neg(square));
    // Beyond, the result is 0 and the lost part may be NaN.
    Expr far = gt(square, F.real(3000));
    return Exponential.exp(
        mul(square, F.real(-factor)), select(far, F.real(0), mul(lost, F.real(-factor))));
  }

  static Expr erfc(Expr x) {
    Expr a = abs(x);
    Expr tail = mul(gaussian(a, 1), scaledTail(a));
    return select(lt(x, F.real(0)), sub(F.real(2), tail), tail);
  }

  static Expr erfcx(Expr x) {
    Expr a = abs(x);
    Expr tail = scaledTail(a);
    Expr square = mul(x, x);
    Expr power =
        Exponential.exp(
            square, select(gt(square, F.real(3000)), F.real(0), fma(x, x, neg(square))));
    return select(lt(x, F.real(0)), sub(mul(F.real(2), power), tail), tail);
  }

  /** Half of exp(-x^2 / 2) erfcx(|x| / sqrt(2)): the normal distribution's tail beyond |x|. */
  private static Expr normalTail(Expr x) {
    Expr scaled = scaledTail(mul(abs(x), F.real(Math.sqrt(0.5))));
    return mul(F.real(0.5), mul(gaussian(x, 0.5), scaled));
  }

  static Expr ndtr(Expr x) {
    Expr tail = normalTail(x);
    return select(gt(x, F.real(0)), sub(F.real(1), tail), tail);
  }

  static Expr logNdtr(Expr x) {
    Expr scaled = scaledTail(mul(abs(x), F.real(Math.sqrt(0.5))));
    Expr low = sub(log(mul(F.real(0.5), scaled)), mul(mul(x, F.real(0.5)), x));
    Expr high = log1p(neg(normalTail(x)));
    Expr value = select(lt(x, F.real(0)), low, high);
    return select(eq(x, F.real(Double.NEGATIVE_INFINITY)), x, value);
  }
}
