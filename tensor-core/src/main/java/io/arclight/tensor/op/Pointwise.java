package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.BITS;
import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.INTEGERS;
import static io.arclight.tensor.op.DTypes.PRECISE;
import static io.arclight.tensor.op.Formulas.gate;
import static io.arclight.tensor.op.Formulas.half;
import static io.arclight.tensor.op.Formulas.inverse;
import static io.arclight.tensor.op.Formulas.like;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.truth;
import static io.arclight.tensor.op.Formulas.zero;
import static io.arclight.tensor.op.Row.*;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.SpecialFunction;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The elementwise operations: a row each, whose meaning is an expression over the operands in the
 * dtype they promote to. Gradients are the expression's symbolic derivatives, in terms of the
 * output or by an expression of their own where a row says so.
 */
public enum Pointwise implements Op {
  ADD(same(Exprs::add).dtypes(ALL).either().peer("{0} + {1}")),
  SUB(same(Exprs::sub).either().peer("{0} - {1}")),
  MUL(same(Exprs::mul).dtypes(ALL).either().peer("{0} * {1}")),
  DIV(real(Exprs::div).on(POSITIVE).right()),
  /** The first operand plus the second times the number. */
  ADD_SCALED(
      same((a, b, alpha) -> add(a, mul(alpha, b)))
          .number(2, 3)
          .peer("torch.add({0}, {1}, alpha={2})")),
  FLOOR_DIVIDE(
      same(Quotients::floor)
          .slopes((a, b) -> zero(a), (a, b) -> zero(a))
          .on(ANY, POSITIVE)
          .right()
          .noIntegerEdges()
          .peer("torch.div({0}, {1}, rounding_mode='floor')")),
  TRUNC_DIVIDE(
      same(Quotients::trunc)
          .on(ANY, POSITIVE)
          .right()
          .noIntegerEdges()
          .peer("torch.div({0}, {1}, rounding_mode='trunc')")),
  REMAINDER(
      same(Quotients::remainder)
          .slopes((a, b) -> one(a), (a, b) -> neg(Quotients.floor(a, b)))
          .on(ANY, POSITIVE)
          .right()
          .noIntegerEdges()),
  FMOD(same(Quotients::fmod).on(ANY, POSITIVE).right().noIntegerEdges()),
  POW(same(Powers::pow).on(POSITIVE).either().noIntegerEdges()),
  HYPOT(real(Formulas::hypot).dtypes(FLOATS)),
  ATAN2(real(Exprs::atan2)),
  MAXIMUM(same(Formulas::high).dtypes(ALL)),
  MINIMUM(same(Formulas::low).dtypes(ALL)),
  FMAX(same((a, b) -> select(or(ge(a, b), Formulas.isNan(b)), a, b)).dtypes(ALL)),
  FMIN(same((a, b) -> select(or(le(a, b), Formulas.isNan(b)), a, b)).dtypes(ALL)),
  CLAMP(
      same((x, low, high) -> Formulas.low(Formulas.high(x, low), high))
          .slopes(
              (x, low, high) -> gate(x, and(ge(x, low), le(x, high))),
              (x, low, high) -> gate(x, and(lt(x, low), lt(low, high))),
              (x, low, high) -> gate(x, or(gt(x, high), lt(high, low))))
          .on(ANY, range(-1, 0), range(1, 2))),
  CLAMP_MIN(
      same(Formulas::high)
          .slopes((x, low) -> gate(x, ge(x, low)), (x, low) -> gate(x, lt(x, low)))
          .right()),
  CLAMP_MAX(
      same(Formulas::low)
          .slopes((x, high) -> gate(x, le(x, high)), (x, high) -> gate(x, gt(x, high)))
          .right()),
  LERP(real(Formulas::lerp).dtypes(FLOATS)),
  ADDCMUL(
      same((x, a, b, value) -> add(x, mul(value, mul(a, b))))
          .number(3, 2)
          .peer("torch.addcmul({0}, {1}, {2}, value={3})")),
  ADDCDIV(
      real((x, a, b, value) -> add(x, mul(value, div(a, b))))
          .dtypes(FLOATS)
          .on(ANY, ANY, POSITIVE)
          .number(3, 2)
          .peer("torch.addcdiv({0}, {1}, {2}, value={3})")),
  COPYSIGN(real(Exprs::copySign).right()),
  NEXTAFTER(real(FloatBits::nextAfter).dtypes(PRECISE).undefined(0, 1)),
  HEAVISIDE(same(Formulas::heaviside).dtypes(ALL).undefined(0, 1)),
  GCD(same(Powers::gcd).dtypes(INTEGERS).noIntegerEdges()),
  LCM(same(Powers::lcm).dtypes(INTEGERS).noIntegerEdges()),
  XLOGY(
      real((x, y) -> Formulas.timesLog(x, y, log(y)))
          .slopes((x, y) -> Formulas.timesLogSlope(x, y, log(y)), Exprs::div)
          .on(ANY, POSITIVE)
          .either()),
  LOGADDEXP(
      real(Formulas::logAddExp)
          .dtypes(FLOATS)
          .slopes((a, b) -> Formulas.sigmoid(sub(a, b)), (a, b) -> Formulas.sigmoid(sub(b, a)))),
  LOGADDEXP2(
      real(Formulas::logAddExp2)
          .dtypes(FLOATS)
          .slopes(
              (a, b) -> inverse(add(one(a), exp2(sub(b, a)))),
              (a, b) -> inverse(add(one(a), exp2(sub(a, b)))))),
  /** The second operand; what copies and fills are made of. */
  SECOND(same((a, b) -> b).dtypes(ALL).logic().peer("{1}.expand_as({0} + {1})")),

  NEG(same(Exprs::neg)),
  ABS(same(Exprs::abs)),
  SIGN(same(Formulas::sign).dtypes(ALL)),
  /** As SIGN; of complex numbers those of magnitude 1 in the same direction. */
  SGN(same(Formulas::sign).dtypes(ALL)),
  /** The complex conjugate; real numbers as they are. */
  CONJ(same(x -> x).dtypes(ALL).logic()),
  SQUARE(same(x -> mul(x, x))),
  SQRT(real(Exprs::sqrt).byOutput(y -> div(half(y), y)).on(POSITIVE)),
  RSQRT(
      real(x -> div(one(x), sqrt(x)))
          .byOutput(y -> mul(neg(half(y)), mul(y, mul(y, y))))
          .on(POSITIVE)),
  RECIPROCAL(real(Formulas::inverse).byOutput(y -> neg(mul(y, y))).on(POSITIVE)),
  FLOOR(same(x -> Formulas.rounding(Expr.UnaryOp.FLOOR, x))),
  CEIL(same(x -> Formulas.rounding(Expr.UnaryOp.CEIL, x))),
  TRUNC(same(x -> Formulas.rounding(Expr.UnaryOp.TRUNC, x))),
  ROUND(same(x -> Formulas.rounding(Expr.UnaryOp.RINT, x))),
  /** Rounds to a multiple of the reciprocal of the number, a power of ten. */
  ROUND_DECIMALS(
      same((x, power) -> div(rint(mul(x, power)), power))
          .dtypes(FLOATS)
          .number(1, 100)
          .peer("torch.round({0}, decimals=2)")),
  /** Rounds to a multiple of the number, a power of ten. */
  ROUND_TENS(
      same((x, power) -> mul(rint(div(x, power)), power))
          .dtypes(FLOATS)
          .on(range(-300, 300))
          .number(1, 100)
          .peer("torch.round({0}, decimals=-2)")),
  FRAC(same(x -> sub(x, trunc(x))).dtypes(FLOATS)),
  /** NaN, infinity and minus infinity become the three numbers. */
  NAN_TO_NUM(same(Formulas::nanToNum).dtypes(FLOATS).number(1, 2.5).number(2, 3.5).number(3, -3.5)),
  FREXP_MANTISSA(
      real(FloatBits::mantissa).dtypes(FLOATS).slope(FloatBits::scale).peer("torch.frexp({0})[0]")),
  FREXP_EXPONENT(int32(FloatBits::exponent).dtypes(FLOATS).peer("torch.frexp({0})[1]")),
  DEG2RAD(real(x -> mul(x, like(x, Math.PI / 180)))),
  RAD2DEG(real(x -> mul(x, like(x, 180 / Math.PI)))),
  ANGLE(real(Formulas::angle)),

  EXP(real(Exprs::exp).byOutput(y -> y)),
  EXP2(real(Exprs::exp2).byOutput(y -> mul(y, like(y, Math.log(2))))),
  EXPM1(real(Exprs::expm1).byOutput(y -> add(y, one(y)))),
  LOG(real(Exprs::log).on(POSITIVE)),
  LOG2(real(Exprs::log2).on(POSITIVE)),
  LOG10(real(Exprs::log10).on(POSITIVE)),
  LOG1P(real(Exprs::log1p).on(POSITIVE)),
  SIN(real(Exprs::sin)),
  COS(real(Exprs::cos)),
  TAN(real(Exprs::tan).byOutput(y -> add(one(y), mul(y, y))).on(range(-1.3, 1.3))),
  ASIN(real(Inverses::asin).slope(Inverses::asinSlope).on(range(-0.95, 0.95))),
  ACOS(real(Inverses::acos).slope(x -> neg(Inverses.asinSlope(x))).on(range(-0.95, 0.95))),
  ATAN(real(Inverses::atan).slope(x -> inverse(add(mul(x, x), one(x))))),
  SINH(real(Exprs::sinh)),
  COSH(real(Exprs::cosh)),
  TANH(real(Exprs::tanh).byOutput(y -> sub(one(y), mul(y, y)))),
  ASINH(real(Inverses::asinh).slope(x -> inverse(sqrt(add(mul(x, x), one(x)))))),
  ACOSH(real(Inverses::acosh).slope(Inverses::acoshSlope).on(range(1.1, 5))),
  ATANH(real(Inverses::atanh).slope(x -> inverse(sub(one(x), mul(x, x)))).on(range(-0.9, 0.9))),
  SINC(real(Formulas::sinc).slope(Formulas::sincSlope)),
  ERF(real(Exprs::erf)),
  ERFC(function(SpecialFunction.ERFC)),
  ERFCX(function(SpecialFunction.ERFCX).peer("torch.special.erfcx({0})")),
  ERFINV(function(SpecialFunction.ERFINV).on(range(-0.95, 0.95))),
  NDTR(function(SpecialFunction.NDTR).peer("torch.special.ndtr({0})")),
  LOG_NDTR(function(SpecialFunction.LOG_NDTR).peer("torch.special.log_ndtr({0})")),
  NDTRI(function(SpecialFunction.NDTRI).on(range(0.1, 0.9)).peer("torch.special.ndtri({0})")),
  LGAMMA(function(SpecialFunction.LGAMMA)),
  DIGAMMA(function(SpecialFunction.DIGAMMA).on(POSITIVE)),
  ZETA(
      function2(SpecialFunction.ZETA)
          .undefined(0)
          .on(WHOLE, POSITIVE)
          .either()
          .peer("torch.special.zeta({0}, {1})")),
  IGAMMA(function2(SpecialFunction.IGAMMA).dtypes(FLOATS).undefined(0).on(WHOLE, POSITIVE)),
  IGAMMAC(function2(SpecialFunction.IGAMMAC).dtypes(FLOATS).undefined(0).on(WHOLE, POSITIVE)),
  /** PyTorch gives NaN at infinity, and I1(-0.0) = 0.0. */
  I0(function(SpecialFunction.I0).noRealEdges()),
  I1(function(SpecialFunction.I1).noRealEdges().peer("torch.special.i1({0})")),
  I0E(function(SpecialFunction.I0E).peer("torch.special.i0e({0})")),
  I1E(function(SpecialFunction.I1E).noRealEdges().peer("torch.special.i1e({0})")),
  ENTR(
      real(Formulas::entr)
          .slope(x -> sub(neg(log(x)), one(x)))
          .on(POSITIVE)
          .peer("torch.special.entr({0})")),
  XLOG1PY(
      real((x, y) -> Formulas.timesLog(x, y, log1p(y)))
          .slopes(
              (x, y) -> Formulas.timesLogSlope(x, add(y, one(y)), log1p(y)),
              (x, y) -> div(x, add(y, one(y))))
          .on(ANY, POSITIVE)
          .either()
          .peer("torch.special.xlog1py({0}, {1})")),
  SIGMOID(real(Formulas::sigmoid).byOutput(y -> mul(y, sub(one(y), y)))),
  LOGIT(real(Formulas::logit).slope(Formulas::logitSlope).on(range(0.1, 0.9))),
  LOG_SIGMOID(
      real(x -> neg(Formulas.softplus(neg(x)))).dtypes(FLOATS).peer("torch.log_sigmoid({0})")),
  RELU(same(x -> Formulas.high(x, zero(x))).byOutput(Formulas::passed)),
  LEAKY_RELU(ActivationRows.LEAKY_RELU),
  ELU(ActivationRows.ELU),
  CELU(ActivationRows.CELU),
  SELU(ActivationRows.SELU),
  PRELU(ActivationRows.PRELU),
  GELU(ActivationRows.GELU),
  SILU(ActivationRows.SILU),
  MISH(ActivationRows.MISH),
  GELU_TANH(ActivationRows.GELU_TANH),
  SOFTPLUS(ActivationRows.SOFTPLUS),
  SOFTSIGN(ActivationRows.SOFTSIGN),
  HARDSHRINK(ActivationRows.HARDSHRINK),
  SOFTSHRINK(ActivationRows.SOFTSHRINK),
  HARDTANH(ActivationRows.HARDTANH),
  HARDSIGMOID(ActivationRows.HARDSIGMOID),
  HARDSWISH(ActivationRows.HARDSWISH),
  TANHSHRINK(ActivationRows.TANHSHRINK),
  THRESHOLD(ActivationRows.THRESHOLD),
  SIGMOID_GATE(ActivationRows.SIGMOID_GATE),

  SQUARED_ERROR(LossRows.SQUARED_ERROR),
  ABSOLUTE_ERROR(LossRows.ABSOLUTE_ERROR),
  SMOOTH_L1(LossRows.SMOOTH_L1),
  HUBER(LossRows.HUBER),
  BINARY_CROSS_ENTROPY(LossRows.BINARY_CROSS_ENTROPY),
  BINARY_CROSS_ENTROPY_WITH_LOGITS(LossRows.BINARY_CROSS_ENTROPY_WITH_LOGITS),
  KL_DIV(LossRows.KL_DIV),
  KL_DIV_LOG(LossRows.KL_DIV_LOG),
  GAUSSIAN_NLL(LossRows.GAUSSIAN_NLL),
  POISSON_NLL(LossRows.POISSON_NLL),
  POISSON_NLL_LOG(LossRows.POISSON_NLL_LOG),
  STIRLING(LossRows.STIRLING),
  HINGE_EMBEDDING(LossRows.HINGE_EMBEDDING),
  SOFT_MARGIN(LossRows.SOFT_MARGIN),
  MARGIN_RANKING(LossRows.MARGIN_RANKING),

  EQ(test(Exprs::eq).right()),
  NE(test(Exprs::ne).right()),
  LT(test(Exprs::lt).right()),
  LE(test(Exprs::le).right()),
  GT(test(Exprs::gt).right()),
  GE(test(Exprs::ge).right()),
  LOGICAL_AND(test((a, b) -> and(truth(a), truth(b)))),
  LOGICAL_OR(test((a, b) -> or(truth(a), truth(b)))),
  LOGICAL_XOR(test((a, b) -> xor(truth(a), truth(b)))),
  LOGICAL_NOT(test(x -> not(truth(x)))),
  ISNAN(test(Formulas::isNan)),
  ISINF(test(Formulas::isInf)),
  ISFINITE(test(Formulas::isFinite)),
  ISPOSINF(test(x -> Formulas.is(x, Double.POSITIVE_INFINITY))),
  ISNEGINF(test(x -> Formulas.is(x, Double.NEGATIVE_INFINITY))),
  SIGNBIT(test(FloatBits::signBit)),
  /** Whether |a - b| <= atol + |rtol b|, the numbers being rtol and atol. */
  ISCLOSE(
      test(Formulas::isClose)
          .dtypes(FLOATS)
          .number(2, 0.125)
          .number(3, 0.25)
          .peer("torch.isclose({0}, {1}, {2}, {3})")),
  /** As ISCLOSE, NaN being close to NaN. */
  ISCLOSE_OR_NAN(
      test((a, b, r, t) -> or(Formulas.isClose(a, b, r, t), and(isNan(a), isNan(b))))
          .dtypes(FLOATS)
          .number(2, 0.125)
          .number(3, 0.25)
          .peer("torch.isclose({0}, {1}, {2}, {3}, equal_nan=True)")),

  BITWISE_AND(same(Exprs::and).dtypes(BITS).logic().either()),
  BITWISE_OR(same(Exprs::or).dtypes(BITS).logic().either()),
  BITWISE_XOR(same(Exprs::xor).dtypes(BITS).logic().either()),
  BITWISE_NOT(same(Exprs::not).dtypes(BITS).logic()),
  BITWISE_LEFT_SHIFT(same(Powers::shiftLeft).dtypes(INTEGERS).either()),
  BITWISE_RIGHT_SHIFT(same(Powers::shiftRight).dtypes(INTEGERS).either()),

  WHERE(same((c, a, b) -> select(c, a, b)).mask(0).dtypes(ALL).logic()),
  MASKED_FILL(first((x, mask, value) -> select(mask, value, x)).mask(1).number(2, 2).logic()),
  /** The first operand times the third where the second holds, else 0; dropout's last step. */
  MASKED_SCALE(
      first((x, mask, scale) -> select(mask, mul(x, scale), zero(x)))
          .mask(1)
          .dtypes(FLOATS)
          .number(2, 2)
          .peer("torch.where({1}, {0} * {2}, 0)")),
  /** Alpha dropout's last step: the operand, what is kept, the probability of dropping. */
  ALPHA_MASK(
      first(ActivationFormulas::alphaDropout)
          .mask(1)
          .dtypes(FLOATS)
          .number(2, 0.5)
          .peer(
              "a = 1.7580993408473766; s = (0.5 * (1 + 0.5 * a * a)) ** -0.5;"
                  + " torch.where({1}, {0}, -a) * s + s * a * {2}"));

  private final Row row;
  private final int arity;
  private final Rule rule;
  private final int mask;
  private final boolean takesFloats;

  /** By type and by which operands are scalars; entries are interned, so races are harmless. */
  private final ElementwiseProgram[] programs = new ElementwiseProgram[Type.values().length << 4];

  Pointwise(Row row) {
    this.row = row;
    this.arity = row.arity;
    this.rule = row.rule;
    this.mask = row.mask;
    this.takesFloats = row.dtypes.containsAll(FLOATS);
  }

  Row row() {
    return row;
  }

  /** Number of operands. */
  public int arity() {
    return arity;
  }

  Rule rule() {
    return rule;
  }

  /** The operand that is a bool whatever the others are, or -1. */
  int mask() {
    return mask;
  }

  /** Whether it gives real numbers for complex ones. */
  boolean ofMagnitude() {
    return this == ABS || this == ANGLE;
  }

  /** Whether only the gradients of complex numbers read the operand. */
  private boolean readByComplex() {
    return this == SGN || this == ANGLE;
  }

  boolean takesFloats() {
    return takesFloats;
  }

  /** The program computing in {@code type}; operand i is a parameter if its scalar is given. */
  ElementwiseProgram program(Type type, List<Number> scalars) {
    int slot = type.ordinal() << 4;
    for (int i = 0; i < arity; i++) {
      slot |= scalars.get(i) != null ? 1 << i : 0;
    }
    ElementwiseProgram p = programs[slot];
    if (p == null) {
      p = build(type, slot);
      programs[slot] = p;
    }
    return p;
  }

  private ElementwiseProgram build(Type type, int scalars) {
    Expr[] x = new Expr[arity];
    int inputs = 0;
    int params = 0;
    for (int i = 0; i < arity; i++) {
      Type t = i == mask ? Type.BOOL : type;
      boolean scalar = (scalars & 1 << i) != 0;
      x[i] = scalar ? new Expr.Param(params++, t) : new Expr.Input(inputs++, t);
    }
    Expr[] slopes = new Expr[inputs];
    for (int i = 0; i < arity && type.isFloat(); i++) {
      if (x[i] instanceof Expr.Input in) {
        slopes[in.index()] =
            row.byOutput != null
                ? row.byOutput.apply(new Expr.Input(inputs, type))
                : row.slopes[i] != null ? row.slopes[i].apply(x) : null;
      }
    }
    return ElementwiseProgram.of(label(), row.meaning.apply(x), inputs, slopes);
  }

  /** This operation with some operands given as numbers; null stands for a tensor. */
  public Op with(Number... scalars) {
    if (scalars.length != arity) {
      throw new IllegalArgumentException(
          label() + " has " + arity + " operands, not " + scalars.length);
    }
    Number[] values = new Number[arity];
    for (int i = 0; i < arity; i++) {
      values[i] = Scalars.normal(scalars[i]);
    }
    return new PointwiseCall(this, Arrays.asList(values));
  }

  /** All operands are tensors. */
  static final List<Number> NONE = Arrays.asList(new Number[8]);

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<Spec> infer(Tensor... inputs) {
    return Elementwise.infer(this, NONE, inputs);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... inputs) {
    return Elementwise.eval(this, NONE, outputs.get(0), inputs);
  }

  @Override
  public void evalInto(Tensor target, Tensor... inputs) {
    Elementwise.evalInto(this, NONE, target, inputs);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return Elementwise.vjp(this, NONE, saved, grads[0]);
  }

  @Override
  public boolean differentiable() {
    return rule != Rule.BOOL && rule != Rule.INT32;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return readByComplex() || program(Type.F32, NONE).gradient(gradient).usesInput(input);
  }

  @Override
  public boolean savesInput(int i) {
    return readByComplex() || differentiable() && program(Type.F32, NONE).savesInput(i);
  }

  @Override
  public boolean savesOutput(int i) {
    return row.byOutput != null;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return new Tensor[] {Tensor.apply(this, Elementwise.align(batched, inputs))};
  }
}
