package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What rows of {@link Pointwise} mean for complex operands. A gradient is that of the two parts as
 * real functions, so that it follows PyTorch's convention, the conjugate Wirtinger derivative: it
 * is derived, or said here where that is simpler or more exact.
 */
final class ComplexRules {
  /** The gradient of operand {@code i} from that of the output, operands and output. */
  interface Gradient {
    ComplexExpr of(int i, ComplexExpr grad, ComplexExpr[] x, ComplexExpr y);
  }

  /** The result's parts: two, or one where it is real or bool. */
  private record Rule(Function<ComplexExpr[], List<Expr>> meaning, Gradient gradient) {}

  private record Key(Pointwise fn, Type part, int scalars) {}

  private static final Map<Pointwise, Rule> RULES = new EnumMap<>(Pointwise.class);
  private static final Map<Key, ElementwiseProgram> PROGRAMS = new ConcurrentHashMap<>();

  private ComplexRules() {}

  static {
    derived(Pointwise.ADD, x -> x[0].plus(x[1]));
    derived(Pointwise.SUB, x -> x[0].minus(x[1]));
    derived(Pointwise.MUL, x -> x[0].times(x[1]));
    slopes(
        Pointwise.DIV,
        x -> x[0].over(x[1]),
        (i, x, y) -> i == 0 ? x[1].reciprocal() : x[0].over(x[1]).over(x[1]).negated());
    slopes(
        Pointwise.POW,
        x -> pow(x[0], x[1]),
        (i, x, y) ->
            i == 0
                ? x[1].whereZero(x[1], x[1].times(pow(x[0], x[1].plus(-1))))
                : pow(x[0], x[1]).times(x[0].whereZero(x[0], log(x[0]))));
    derived(Pointwise.ADD_SCALED, x -> x[0].plus(x[2].times(x[1])));
    derived(Pointwise.LERP, x -> x[0].plus(x[2].times(x[1].minus(x[0]))));
    derived(Pointwise.ADDCMUL, x -> x[0].plus(x[3].times(x[1].times(x[2]))));
    derived(Pointwise.ADDCDIV, x -> x[0].plus(x[3].times(x[1].over(x[2]))));
    derived(Pointwise.SECOND, x -> x[1]);
    derived(Pointwise.NEG, x -> x[0].negated());
    derived(Pointwise.CONJ, x -> x[0].conj());
    derived(Pointwise.SQUARE, x -> x[0].times(x[0]));

    real(Pointwise.ABS, x -> abs(x[0]), (i, g, x, y) -> sgn(x[0]).scaled(g.re()));
    real(
        Pointwise.ANGLE,
        x -> atan2(x[0].im(), x[0].re()),
        (i, g, x, y) -> x[0].whereZero(x[0], x[0].conj().reciprocal().turned().scaled(g.re())));
    rule(
        Pointwise.SGN,
        x -> sgn(x[0]).parts(),
        (i, g, x, y) -> {
          // What moves along the direction of x does not change it.
          ComplexExpr s = sgn(x[0]);
          ComplexExpr across = g.minus(s.scaled(g.times(s.conj()).re()));
          return x[0].whereZero(x[0], across.scaled(div(x[0].number(1), abs(x[0]))));
        });

    byOutput(Pointwise.SQRT, x -> x.wide(ComplexExpr::sqrt), y -> y.times(2).reciprocal());
    byOutput(
        Pointwise.RSQRT,
        x -> x.wide(z -> z.sqrt().reciprocal()),
        y -> y.times(y.times(y)).times(-0.5));
    byOutput(Pointwise.RECIPROCAL, ComplexExpr::reciprocal, y -> y.times(y).negated());
    byOutput(Pointwise.EXP, x -> x.wide(ComplexExpr::exp), y -> y);
    byOutput(Pointwise.EXPM1, x -> x.wide(ComplexRules::expm1), y -> y.plus(1));
    byOutput(
        Pointwise.EXP2, x -> x.wide(z -> z.times(Math.log(2)).exp()), y -> y.times(Math.log(2)));
    byOutput(Pointwise.TAN, x -> x.wide(ComplexRules::tan), y -> y.times(y).plus(1));
    byOutput(Pointwise.TANH, x -> x.wide(ComplexExpr::tanh), y -> y.times(y).negated().plus(1));
    byOutput(
        Pointwise.SIGMOID,
        x -> x.wide(z -> z.negated().exp().plus(1).reciprocal()),
        y -> y.times(y.negated().plus(1)));
    inverse(Pointwise.ASIN, ComplexInverses::asin, z -> coside(z).sqrt().reciprocal());
    inverse(Pointwise.ACOS, ComplexInverses::acos, z -> coside(z).sqrt().reciprocal().negated());
    inverse(Pointwise.ATAN, ComplexInverses::atan, z -> z.times(z).plus(1).reciprocal());
    inverse(Pointwise.ASINH, ComplexInverses::asinh, z -> z.times(z).plus(1).sqrt().reciprocal());
    inverse(
        Pointwise.ACOSH,
        ComplexInverses::acosh,
        z -> z.plus(-1).sqrt().reciprocal().times(z.plus(1).sqrt().reciprocal()));
    inverse(Pointwise.ATANH, ComplexInverses::atanh, z -> coside(z).reciprocal());
    slopes(Pointwise.LOG, x -> log(x[0]), (i, x, y) -> x[0].reciprocal());
    slopes(
        Pointwise.LOG1P,
        x -> x[0].wide(ComplexRules::log1p),
        (i, x, y) -> x[0].plus(1).reciprocal());
    for (Pointwise fn : List.of(Pointwise.LOG2, Pointwise.LOG10)) {
      double scale = 1 / Math.log(fn == Pointwise.LOG2 ? 2 : 10);
      slopes(
          fn,
          x -> x[0].wide(z -> z.log().times(scale)),
          (i, x, y) -> x[0].reciprocal().times(scale));
    }
    slopes(
        Pointwise.LOGADDEXP,
        x -> logAddExp(x[0].cast(Type.F64), x[1].cast(Type.F64)).cast(x[0].re().type()),
        (i, x, y) -> x[1 - i].minus(x[i]).exp().plus(1).reciprocal());
    slopes(
        Pointwise.SINC,
        x -> x[0].wide(ComplexRules::sinc),
        (i, x, y) -> x[0].wide(ComplexRules::sincSlope));
    slopes(
        Pointwise.SINH,
        x -> x[0].wide(ComplexExpr::sinh),
        (i, x, y) -> x[0].wide(ComplexExpr::cosh));
    slopes(
        Pointwise.COSH,
        x -> x[0].wide(ComplexExpr::cosh),
        (i, x, y) -> x[0].wide(ComplexExpr::sinh));
    slopes(
        Pointwise.SIN, x -> x[0].wide(ComplexExpr::sin), (i, x, y) -> x[0].wide(ComplexExpr::cos));
    slopes(
        Pointwise.COS,
        x -> x[0].wide(ComplexExpr::cos),
        (i, x, y) -> x[0].wide(z -> z.sin().negated()));

    test(Pointwise.EQ, x -> and(eq(x[0].re(), x[1].re()), eq(x[0].im(), x[1].im())));
    test(Pointwise.NE, x -> or(ne(x[0].re(), x[1].re()), ne(x[0].im(), x[1].im())));
    test(Pointwise.LOGICAL_AND, x -> and(truth(x[0]), truth(x[1])));
    test(Pointwise.LOGICAL_OR, x -> or(truth(x[0]), truth(x[1])));
    test(Pointwise.LOGICAL_XOR, x -> xor(truth(x[0]), truth(x[1])));
    test(Pointwise.LOGICAL_NOT, x -> not(truth(x[0])));
    test(Pointwise.ISNAN, x -> isNan(x[0]));
    test(Pointwise.ISINF, x -> or(Formulas.isInf(x[0].re()), Formulas.isInf(x[0].im())));
    test(Pointwise.ISFINITE, x -> and(Formulas.isFinite(x[0].re()), Formulas.isFinite(x[0].im())));

    derived(Pointwise.WHERE, x -> choose(x[0].re(), x[1], x[2]));
    derived(Pointwise.MASKED_FILL, x -> choose(x[1].re(), x[2], x[0]));
    derived(
        Pointwise.MASKED_SCALE, x -> choose(x[1].re(), x[0].times(x[2]), x[0].scaled(zero(x[0]))));
  }

  private static void rule(
      Pointwise fn, Function<ComplexExpr[], List<Expr>> meaning, Gradient gradient) {
    RULES.put(fn, new Rule(meaning, gradient));
  }

  private static void derived(Pointwise fn, Function<ComplexExpr[], ComplexExpr> meaning) {
    rule(fn, x -> meaning.apply(x).parts(), null);
  }

  private static void real(Pointwise fn, Function<ComplexExpr[], Expr> meaning, Gradient gradient) {
    rule(fn, x -> List.of(meaning.apply(x)), gradient);
  }

  private static void test(Pointwise fn, Function<ComplexExpr[], Expr> meaning) {
    real(fn, meaning, null);
  }

  /** A complex derivative by each operand. */
  private interface Slope {
    ComplexExpr of(int i, ComplexExpr[] x, ComplexExpr y);
  }

  private static void slopes(
      Pointwise fn, Function<ComplexExpr[], ComplexExpr> meaning, Slope slope) {
    rule(fn, x -> meaning.apply(x).parts(), (i, g, x, y) -> g.times(slope.of(i, x, y).conj()));
  }

  private static void byOutput(
      Pointwise fn,
      Function<ComplexExpr, ComplexExpr> meaning,
      Function<ComplexExpr, ComplexExpr> slope) {
    slopes(fn, x -> meaning.apply(x[0]), (i, x, y) -> slope.apply(y));
  }

  private static void inverse(
      Pointwise fn, UnaryOperator<ComplexExpr> meaning, UnaryOperator<ComplexExpr> slope) {
    slopes(fn, x -> x[0].wide(meaning), (i, x, y) -> x[0].wide(slope));
  }

  // ---- meanings of more than a line

  /** 1 - z^2. */
  private static ComplexExpr coside(ComplexExpr z) {
    return z.times(z).negated().plus(1);
  }

  private static Expr zero(ComplexExpr like) {
    return like.number(0);
  }

  private static Expr truth(ComplexExpr x) {
    return or(ne(x.re(), zero(x)), ne(x.im(), zero(x)));
  }

  private static ComplexExpr choose(Expr condition, ComplexExpr then, ComplexExpr otherwise) {
    return new ComplexExpr(
        select(condition, then.re(), otherwise.re()), select(condition, then.im(), otherwise.im()));
  }

  private static Expr abs(ComplexExpr x) {
    return cast(x.re().type(), x.cast(Type.F64).magnitude());
  }

  private static ComplexExpr sgn(ComplexExpr x) {
    return x.wide(z -> z.whereZero(z, z.scaled(div(z.number(1), z.magnitude()))));
  }

  private static ComplexExpr log(ComplexExpr x) {
    return x.wide(ComplexExpr::log);
  }

  /** exp(b log a), and for a = 0 what the limit is: 1 for b = 0, else 0. */
  private static ComplexExpr pow(ComplexExpr a, ComplexExpr b) {
    ComplexExpr base = a.cast(Type.F64);
    ComplexExpr exponent = b.cast(Type.F64);
    ComplexExpr power = exponent.times(base.log()).exp();
    ComplexExpr one = ComplexExpr.real(base.number(1));
    ComplexExpr none = ComplexExpr.real(base.number(0));
    return exponent.whereZero(one, base.whereZero(none, power)).cast(a.re().type());
  }

  private static ComplexExpr tan(ComplexExpr x) {
    // tan z = -i tanh(i z)
    return x.turned().tanh().turned().negated();
  }

  /** By parts that keep the digits of a small x. */
  private static ComplexExpr expm1(ComplexExpr x) {
    Expr half = sin(mul(x.number(0.5), x.im()));
    Expr real = sub(mul(Exprs.expm1(x.re()), cos(x.im())), mul(x.number(2), mul(half, half)));
    return new ComplexExpr(real, mul(exp(x.re()), sin(x.im())));
  }

  /** sin(pi z) / (pi z). */
  private static ComplexExpr sinc(ComplexExpr z) {
    ComplexExpr turn = z.times(Math.PI);
    return z.whereZero(ComplexExpr.real(z.number(1)), turn.sin().over(turn));
  }

  private static ComplexExpr sincSlope(ComplexExpr z) {
    ComplexExpr turn = z.times(Math.PI);
    return z.whereZero(z, turn.cos().minus(turn.sin().over(turn)).over(z));
  }

  /** log(exp x + exp y), whose angle goes on from that of the greater. */
  static ComplexExpr logAddExp(ComplexExpr x, ComplexExpr y) {
    Expr lower = lt(x.re(), y.re());
    ComplexExpr least = choose(lower, x, y);
    ComplexExpr most = choose(lower, y, x);
    Expr infinity = x.number(Double.POSITIVE_INFINITY);
    ComplexExpr sum = log1p(least.minus(most).exp()).plus(most);
    // Nothing is added by what is infinitely far below, whatever its angle.
    ComplexExpr alone = choose(eq(most.re(), neg(infinity)), least, most);
    ComplexExpr bounded = choose(eq(least.re(), neg(infinity)), alone, sum);
    ComplexExpr infinite = huge(least).plus(huge(most)).log();
    ComplexExpr value = choose(eq(least.re(), infinity), infinite, bounded);
    Expr nan = x.number(Double.NaN);
    return choose(or(isNan(x), isNan(y)), new ComplexExpr(nan, nan), value);
  }

  /** The exponential of a positive infinity, which is real where its angle is 0. */
  private static ComplexExpr huge(ComplexExpr x) {
    ComplexExpr e = x.exp();
    return new ComplexExpr(e.re(), select(eq(x.im(), zero(x)), x.im(), e.im()));
  }

  private static Expr isNan(ComplexExpr x) {
    return or(Exprs.isNan(x.re()), Exprs.isNan(x.im()));
  }

  private static ComplexExpr log1p(ComplexExpr x) {
    ComplexExpr next = x.plus(1);
    Expr square = add(mul(x.re(), add(x.number(2), x.re())), mul(x.im(), x.im()));
    Expr small = lt(x.magnitude(), x.number(0.5));
    Expr near = mul(x.number(0.5), Exprs.log1p(select(small, square, zero(x))));
    return new ComplexExpr(
        select(small, near, Exprs.log(next.magnitude())), atan2(next.im(), next.re()));
  }

  // ---- programs

  /** Whether {@code fn} is defined for complex operands. */
  static boolean defines(Pointwise fn) {
    return RULES.containsKey(fn);
  }

  /**
   * @throws DTypeException where {@code fn} has no meaning for complex numbers
   */
  static DType output(Pointwise fn, DType compute) {
    if (!defines(fn)) {
      throw new DTypeException(
          fn.label()
              + ": not defined on "
              + compute
              + ": complex numbers have no order and no rounding; use abs(), or real() and imag()");
    }
    return fn == Pointwise.ABS || fn == Pointwise.ANGLE ? compute.toReal() : compute;
  }

  /** The program over pairs of {@code part}; every operand but a mask is complex. */
  static ElementwiseProgram program(Pointwise fn, Type part, List<Number> scalars) {
    int given = 0;
    for (int i = 0; i < fn.arity(); i++) {
      given |= scalars.get(i) != null ? 1 << i : 0;
    }
    return PROGRAMS.computeIfAbsent(new Key(fn, part, given), ComplexRules::build);
  }

  private static ElementwiseProgram build(Key key) {
    Pointwise fn = key.fn;
    ComplexExpr[] x = new ComplexExpr[fn.arity()];
    List<Integer> widths = new ArrayList<>();
    List<Integer> operands = new ArrayList<>();
    int input = 0;
    int param = 0;
    for (int i = 0; i < x.length; i++) {
      if ((key.scalars & 1 << i) != 0) {
        x[i] =
            new ComplexExpr(new Expr.Param(param++, key.part), new Expr.Param(param++, key.part));
      } else if (i == fn.mask()) {
        x[i] = new ComplexExpr(new Expr.Input(input++, Type.BOOL), null);
        widths.add(1);
        operands.add(i);
      } else {
        x[i] =
            new ComplexExpr(new Expr.Input(input++, key.part), new Expr.Input(input++, key.part));
        widths.add(2);
        operands.add(i);
      }
    }
    Rule rule = RULES.get(fn);
    Gradient gradient =
        rule.gradient == null
            ? null
            : (i, g, inputs, y) -> {
              ComplexExpr[] all = x.clone();
              for (int k = 0; k < inputs.length; k++) {
                all[operands.get(k)] = inputs[k];
              }
              return rule.gradient.of(operands.get(i), g, all, y);
            };
    return ElementwiseProgram.ofPairs(fn.label(), rule.meaning.apply(x), widths, gradient);
  }

  /** The parts of numbers, in the order of the program's parameters. */
  static List<Number> parts(List<Number> scalars) {
    List<Number> out = new ArrayList<>();
    for (Number n : scalars) {
      out.add(n instanceof Complex c ? (Number) c.re() : n);
      out.add(n instanceof Complex c ? (Number) c.im() : 0);
    }
    return out;
  }
}
