package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.zero;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The elementwise operations: a row each, whose meaning is an expression over the operands in the
 * dtype they promote to. Gradients are the expression's symbolic derivatives, in terms of the
 * output where a row says so.
 */
public enum Pointwise implements Op {
  ADD(2, Rule.SAME, x -> add(x[0], x[1])),
  SUB(2, Rule.SAME, x -> sub(x[0], x[1])),
  MUL(2, Rule.SAME, x -> mul(x[0], x[1])),
  DIV(2, Rule.FLOAT, x -> div(x[0], x[1])),
  FLOOR_DIVIDE(2, Rule.SAME, x -> Formulas.floorDivide(x[0], x[1])),
  REMAINDER(2, Rule.SAME, x -> Formulas.remainder(x[0], x[1])),
  POW(2, Rule.SAME, x -> Formulas.pow(x[0], x[1])),
  MAXIMUM(2, Rule.SAME, x -> max(x[0], x[1])),
  MINIMUM(2, Rule.SAME, x -> min(x[0], x[1])),
  ATAN2(2, Rule.FLOAT, x -> atan2(x[0], x[1])),
  LERP(3, Rule.FLOAT, x -> add(x[0], mul(x[2], sub(x[1], x[0])))),
  ADDCMUL(4, Rule.SAME, x -> add(x[0], mul(x[3], mul(x[1], x[2])))),
  ADDCDIV(4, Rule.FLOAT, x -> add(x[0], mul(x[3], div(x[1], x[2])))),
  CLAMP(3, Rule.SAME, x -> min(max(x[0], x[1]), x[2])),
  /** The second operand; what copies and fills are made of. */
  SECOND(2, Rule.SAME, x -> x[1]),

  NEG(1, Rule.SAME, x -> neg(x[0])),
  ABS(1, Rule.SAME, x -> abs(x[0])),
  SIGN(1, Rule.SAME, x -> Formulas.sign(x[0])),
  /** As SIGN; of complex numbers those of magnitude 1 in the same direction. */
  SGN(1, Rule.SAME, x -> Formulas.sign(x[0])),
  /** The complex conjugate; real numbers as they are. */
  CONJ(1, Rule.SAME, x -> x[0]),
  /** The angle of complex numbers; of real ones 0 or pi. */
  ANGLE(1, Rule.FLOAT, x -> Formulas.angle(x[0])),
  SQUARE(1, Rule.SAME, x -> mul(x[0], x[0])),
  SQRT(1, Rule.FLOAT, x -> sqrt(x[0]), y -> div(half(y), y)),
  RSQRT(1, Rule.FLOAT, x -> div(one(x[0]), sqrt(x[0])), y -> mul(neg(half(y)), mul(y, mul(y, y)))),
  RECIPROCAL(1, Rule.FLOAT, x -> div(one(x[0]), x[0]), y -> neg(mul(y, y))),
  FLOOR(1, Rule.SAME, x -> Formulas.rounding(Expr.UnaryOp.FLOOR, x[0])),
  CEIL(1, Rule.SAME, x -> Formulas.rounding(Expr.UnaryOp.CEIL, x[0])),
  TRUNC(1, Rule.SAME, x -> Formulas.rounding(Expr.UnaryOp.TRUNC, x[0])),
  ROUND(1, Rule.SAME, x -> Formulas.rounding(Expr.UnaryOp.RINT, x[0])),

  EXP(1, Rule.FLOAT, x -> exp(x[0]), y -> y),
  EXPM1(1, Rule.FLOAT, x -> expm1(x[0]), y -> add(y, one(y))),
  LOG(1, Rule.FLOAT, x -> log(x[0])),
  LOG1P(1, Rule.FLOAT, x -> log1p(x[0])),
  SIN(1, Rule.FLOAT, x -> sin(x[0])),
  COS(1, Rule.FLOAT, x -> cos(x[0])),
  TAN(1, Rule.FLOAT, x -> tan(x[0]), y -> add(one(y), mul(y, y))),
  TANH(1, Rule.FLOAT, x -> tanh(x[0]), y -> sub(one(y), mul(y, y))),
  ERF(1, Rule.FLOAT, x -> erf(x[0])),
  SIGMOID(1, Rule.FLOAT, x -> Formulas.sigmoid(x[0]), y -> mul(y, sub(one(y), y))),
  LOG_SIGMOID(1, Rule.FLOAT, x -> neg(Formulas.softplus(neg(x[0])))),
  RELU(1, Rule.SAME, x -> max(x[0], zero(x[0])), y -> Formulas.step(y)),
  LEAKY_RELU(2, Rule.FLOAT, x -> select(gt(x[0], zero(x[0])), x[0], mul(x[1], x[0]))),
  ELU(
      2,
      Rule.FLOAT,
      x -> select(gt(x[0], zero(x[0])), x[0], mul(x[1], expm1(min(x[0], zero(x[0])))))),
  GELU(1, Rule.FLOAT, x -> Formulas.gelu(x[0])),
  SILU(1, Rule.FLOAT, x -> mul(x[0], Formulas.sigmoid(x[0]))),
  SOFTPLUS(1, Rule.FLOAT, x -> Formulas.softplus(x[0])),

  EQ(2, Rule.BOOL, x -> eq(x[0], x[1])),
  NE(2, Rule.BOOL, x -> ne(x[0], x[1])),
  LT(2, Rule.BOOL, x -> lt(x[0], x[1])),
  LE(2, Rule.BOOL, x -> le(x[0], x[1])),
  GT(2, Rule.BOOL, x -> gt(x[0], x[1])),
  GE(2, Rule.BOOL, x -> ge(x[0], x[1])),
  LOGICAL_AND(2, Rule.BOOL, x -> and(truth(x[0]), truth(x[1]))),
  LOGICAL_OR(2, Rule.BOOL, x -> or(truth(x[0]), truth(x[1]))),
  LOGICAL_XOR(2, Rule.BOOL, x -> xor(truth(x[0]), truth(x[1]))),
  LOGICAL_NOT(1, Rule.BOOL, x -> not(truth(x[0]))),
  ISNAN(1, Rule.BOOL, x -> Formulas.isNanOrFalse(x[0])),
  ISINF(1, Rule.BOOL, x -> Formulas.isInf(x[0])),
  ISFINITE(1, Rule.BOOL, x -> Formulas.isFinite(x[0])),

  WHERE(3, Rule.SAME, x -> select(x[0], x[1], x[2]), 0),
  MASKED_FILL(3, Rule.FIRST, x -> select(x[1], x[2], x[0]), 1),
  /** The first operand times the third where the second holds, else 0; dropout's last step. */
  MASKED_SCALE(3, Rule.FIRST, x -> select(x[1], mul(x[0], x[2]), zero(x[0])), 1);

  /** How the output's dtype follows from the operands'. */
  enum Rule {
    /** What they promote to. */
    SAME,
    /** As SAME, integers becoming float32. */
    FLOAT,
    /** Computes in what they promote to, gives bool. */
    BOOL,
    /** The first operand's. */
    FIRST
  }

  private final int arity;
  private final Rule rule;
  private final Function<Expr[], Expr> meaning;
  private final Function<Expr, Expr> slopeByOutput;
  private final int mask;

  /** By type and by which operands are scalars; entries are interned, so races are harmless. */
  private final ElementwiseProgram[] programs = new ElementwiseProgram[Type.values().length << 4];

  Pointwise(int arity, Rule rule, Function<Expr[], Expr> meaning) {
    this(arity, rule, meaning, null, -1);
  }

  Pointwise(int arity, Rule rule, Function<Expr[], Expr> meaning, Function<Expr, Expr> slope) {
    this(arity, rule, meaning, slope, -1);
  }

  Pointwise(int arity, Rule rule, Function<Expr[], Expr> meaning, int mask) {
    this(arity, rule, meaning, null, mask);
  }

  Pointwise(
      int arity,
      Rule rule,
      Function<Expr[], Expr> meaning,
      Function<Expr, Expr> slopeByOutput,
      int mask) {
    this.arity = arity;
    this.rule = rule;
    this.meaning = meaning;
    this.slopeByOutput = slopeByOutput;
    this.mask = mask;
  }

  private static Expr half(Expr like) {
    return constant(like.type(), 0.5);
  }

  private static Expr truth(Expr x) {
    return x.type() == Type.BOOL ? x : ne(x, zero(x));
  }

  /** Number of operands. */
  public int arity() {
    return arity;
  }

  Rule rule() {
    return rule;
  }

  /** Whether it gives real numbers for complex ones. */
  boolean ofMagnitude() {
    return this == ABS || this == ANGLE;
  }

  /** The operand that is a bool whatever the others are, or -1. */
  int mask() {
    return mask;
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
    return ElementwiseProgram.of(label(), meaning.apply(x), inputs, slopeByOutput);
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
    return rule != Rule.BOOL;
  }

  @Override
  public boolean savesInput(int i) {
    // Of real numbers the gradients of the first two read nothing.
    boolean complex = this == SGN || this == ANGLE;
    return complex || rule != Rule.BOOL && program(Type.F32, NONE).savesInput(i);
  }

  @Override
  public boolean savesOutput(int i) {
    return slopeByOutput != null;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... inputs) {
    return new Tensor[] {Tensor.apply(this, Elementwise.align(batched, inputs))};
  }
}
