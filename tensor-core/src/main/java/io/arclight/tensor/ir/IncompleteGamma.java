package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.call;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.expm1;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.ge;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.le;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.pow;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

import java.util.List;

/**
 * The regularised incomplete gamma functions P(a, x) and Q = 1 - P of F64 values: for a >= 100 and
 * x near a Temme's uniform expansion, else the power series up to x = a, and a continued fraction
 * beyond.
 */
final class IncompleteGamma {
  private static final Floats F = Floats.DOUBLE;

  /** Enough for the series and the fraction where they are used. */
  private static final int STEPS = 100;

  private static final double UNIFORM = 100;
  private static final double NEAR = 0.3;

  /** (m - log(1 + m)) / m^2 for |m| <= 0.3. */
  private static final double[] DEVIATION = {
    0.5,
    -0.3333333333333333,
    0.25000000000001027,
    -0.20000000000000986,
    0.16666666666290234,
    -0.14285714285353665,
    0.1250000005332579,
    -0.11111111162196165,
    0.09999996172723197,
    -0.09090905424531916,
    0.08333490609602309,
    -0.07692458351815545,
    0.07138941247407998,
    -0.06662915697122629,
    0.06309860989613307,
    -0.05939688448611953,
    0.050112223315773155,
    -0.047418568133941144,
    0.07633703900979893,
    -0.07283496074780077
  };

  /** Temme's coefficients: row k of a^-k, in powers of eta. */
  private static final double[][] TEMME = {
    {
      -0.3333333333333333,
      0.08333333333333333,
      -0.014814814814814815,
      0.0011574074074074073,
      0.0003527336860670194,
      -0.0001787551440329218,
      3.919263178522438e-05,
      -2.185448510679992e-06,
      -1.85406221071516e-06,
      8.296711340953087e-07,
      -1.7665952736826078e-07,
      6.707853543401498e-09,
      1.0261809784240309e-08,
      -4.382036018453353e-09,
      9.14769958223679e-10
    },
    {
      -0.001851851851851852,
      -0.003472222222222222,
      0.0026455026455026454,
      -0.0009902263374485596,
      0.00020576131687242798,
      -4.018775720164609e-07,
      -1.8098550334489977e-05,
      7.64916091608111e-06,
      -1.6120900894563446e-06,
      4.647127802807434e-09,
      1.378633446915721e-07,
      -5.752545603517705e-08,
      1.1951628599778148e-08
    },
    {
      0.004133597883597883,
      -0.0026813271604938273,
      0.0007716049382716049,
      2.0093878600823047e-06,
      -0.0001073665322636516,
      5.2923448829120125e-05,
      -1.2760635188618728e-05,
      3.423578734096138e-08,
      1.3721957309062934e-06,
      -6.298992138380055e-07,
      1.4280614206064242e-07
    },
    {
      0.0006494341563786008,
      0.00022947209362139917,
      -0.0004691894943952557,
      0.00026772063206283885,
      -7.561801671883977e-05,
      -2.396505113867297e-07,
      1.1082654115347302e-05,
      -5.6749528269915965e-06,
      1.4230900732435883e-06
    },
    {
      -0.0008618882909167117,
      0.0007840392217200666,
      -0.0002990724803031902,
      -1.4638452578843418e-06,
      6.641498215465122e-05,
      -3.968365047179435e-05,
      1.1375726970678419e-05
    },
    {
      -0.00033679855336635813,
      -6.972813758365857e-05,
      0.0002772753244959392,
      -0.00019932570516188847,
      6.797780477937208e-05
    },
    {0.0005313079364639922, -0.0005921664373536939, 0.0002708782096718045},
  };

  private final Expr a;
  private final Expr x;
  private final Expr ratio;
  private final Expr deviation;
  private final Expr leading;

  private IncompleteGamma(Expr a, Expr x) {
    this.a = a;
    this.x = x;
    ratio = div(sub(x, a), a);
    Expr near = mul(mul(ratio, ratio), F.polynomial(ratio, DEVIATION));
    deviation = select(lt(abs(ratio), real(NEAR)), near, sub(ratio, log(div(x, a))));
    // x^a e^-x / gamma(a + 1)
    Expr small = mul(pow(x, a), exp(sub(neg(x), GammaFunction.lgammaOfOnePlus(a))));
    Expr exponent = sub(neg(mul(a, deviation)), GammaFunction.correction(a));
    Expr large = div(exp(exponent), sqrt(mul(real(2 * Math.PI), a)));
    leading = select(lt(a, real(10)), small, large);
  }

  /** P(a, x). */
  static Expr lower(Expr a, Expr x) {
    IncompleteGamma g = new IncompleteGamma(a, x);
    Expr value = select(g.usesSeries(), g.series(), sub(real(1), g.fraction()));
    value = select(g.usesUniform(), g.uniform(-1), value);
    return g.special(value, real(0), real(1));
  }

  /** Q(a, x). */
  static Expr upper(Expr a, Expr x) {
    IncompleteGamma g = new IncompleteGamma(a, x);
    // For small x P is near 1 where a is smaller yet.
    Expr direct = and(le(x, real(1.1)), lt(a, real(1)));
    Expr value = select(direct, g.smallUpper(), sub(real(1), g.series()));
    value = select(g.usesSeries(), value, g.fraction());
    value = select(g.usesUniform(), g.uniform(1), value);
    return g.special(value, real(1), real(0));
  }

  private static Expr real(double value) {
    return F.real(value);
  }

  private Expr usesSeries() {
    return or(le(x, a), le(x, real(1.1)));
  }

  private Expr usesUniform() {
    return and(ge(a, real(UNIFORM)), lt(abs(ratio), real(NEAR)));
  }

  private static Expr.Var carried(String name) {
    return new Expr.Var(name, Type.F64);
  }

  /** The sum of x^n / ((a + 1) ... (a + n)). */
  private Expr series() {
    Expr.Var sum = carried("sum");
    Expr.Var term = carried("term");
    Expr.Var divisor = carried("divisor");
    Expr.Var argument = carried("argument");
    Expr next = mul(term, div(argument, divisor));
    Expr total =
        new Expr.Repeat(
            STEPS,
            new Expr.Var("n", Type.I64),
            List.of(sum, term, divisor, argument),
            List.of(real(1), real(1), add(a, real(1)), x),
            List.of(add(sum, next), next, add(divisor, real(1)), argument),
            0);
    return mul(leading, total);
  }

  /** Legendre's continued fraction, from its far end. */
  private Expr fraction() {
    Expr.Var rest = carried("rest");
    Expr.Var k = carried("k");
    Expr.Var order = carried("order");
    Expr.Var base = carried("base");
    Expr next = div(mul(k, sub(k, order)), sub(fma(real(2), k, base), rest));
    Expr end =
        new Expr.Repeat(
            STEPS,
            new Expr.Var("n", Type.I64),
            List.of(rest, k, order, base),
            List.of(real(0), real(STEPS), a, sub(add(x, real(1)), a)),
            List.of(next, sub(k, real(1)), order, base),
            0);
    return div(mul(leading, a), sub(sub(add(x, real(1)), a), end));
  }

  /**
   * For x <= 1.1: 1 - x^a / gamma(1 + a) and the rest of the power series, from its second term.
   */
  private Expr smallUpper() {
    Expr.Var sum = carried("sum");
    Expr.Var term = carried("term");
    Expr.Var n = carried("n");
    Expr.Var order = carried("order");
    Expr.Var argument = carried("argument");
    Expr next = neg(div(mul(term, argument), n));
    Expr total =
        new Expr.Repeat(
            20,
            new Expr.Var("i", Type.I64),
            List.of(sum, term, n, order, argument),
            List.of(real(0), real(1), real(1), a, x),
            List.of(add(sum, div(next, add(order, n))), next, add(n, real(1)), order, argument),
            0);
    Expr exponent = sub(mul(a, log(x)), GammaFunction.lgammaOfOnePlus(a));
    return neg(fma(exp(exponent), mul(a, total), expm1(exponent)));
  }

  /** Q for sign 1, P for sign -1. */
  private Expr uniform(int sign) {
    Expr eta = mul(ratio, sqrt(mul(real(2), F.polynomial(ratio, DEVIATION))));
    Expr sum = real(0);
    Expr inverse = div(real(1), a);
    for (int k = TEMME.length - 1; k >= 0; k--) {
      sum = fma(sum, inverse, F.polynomial(eta, TEMME[k]));
    }
    Expr scale = div(exp(neg(mul(a, deviation))), sqrt(mul(real(2 * Math.PI), a)));
    Expr z = mul(eta, sqrt(mul(real(0.5), a)));
    Expr half = mul(real(0.5), call(SpecialFunction.ERFC, sign > 0 ? z : neg(z)));
    return fma(real(sign), mul(scale, sum), half);
  }

  private Expr special(Expr value, Expr atZero, Expr atInfinity) {
    Expr infinity = real(Double.POSITIVE_INFINITY);
    Expr nan = real(Double.NaN);
    value = select(or(isNan(a), isNan(x)), nan, value);
    value = select(eq(x, infinity), atInfinity, value);
    value = select(eq(a, infinity), select(eq(x, infinity), nan, atZero), value);
    value = select(eq(x, real(0)), atZero, value);
    value = select(eq(a, real(0)), select(gt(x, real(0)), atInfinity, nan), value);
    return select(or(lt(a, real(0)), lt(x, real(0))), nan, value);
  }
}
