package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.SpecialFunction;
import java.util.Arrays;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What a row of {@link Pointwise} says of its operation: the meaning, how it is differentiated
 * where not symbolically, the dtypes it takes, and what it is tested with.
 */
final class Row {
  /** How the output's dtype follows from the operands'. */
  enum Rule {
    /** What they promote to. */
    SAME,
    /** As SAME, integers becoming float32. */
    FLOAT,
    /** Computes in what they promote to, gives bool. */
    BOOL,
    /** As FLOAT, gives int32. */
    INT32,
    /** The first operand's. */
    FIRST
  }

  /** Makes the values of an operand in samples. */
  @FunctionalInterface
  interface Domain {
    Tensor of(SampleInputs in, long... shape);
  }

  /** An expression over three operands. */
  @FunctionalInterface
  interface Ternary {
    Expr apply(Expr a, Expr b, Expr c);
  }

  /** An expression over four operands. */
  @FunctionalInterface
  interface Quaternary {
    Expr apply(Expr a, Expr b, Expr c, Expr d);
  }

  static final Domain ANY = SampleInputs::any;
  static final Domain POSITIVE = SampleInputs::positive;
  static final Domain MASK = SampleInputs::mask;

  /** int64 from 2 to 8. */
  static final Domain WHOLE = (in, shape) -> in.indices(7, shape).add(2);

  /** Values on [low, high). */
  static Domain range(double low, double high) {
    return (in, shape) -> in.range(low, high, shape);
  }

  final int arity;
  final Rule rule;
  final Function<Expr[], Expr> meaning;

  /** The operand that is a bool whatever the others are, or -1. */
  int mask = -1;

  /** What operands may promote to; the dtypes of samples as well. */
  Set<DType> dtypes;

  /** Whether bools are computed in as such; else they are integers, 0 and 1. */
  boolean logic;

  /** The slope as a function of the output, or null. */
  UnaryOperator<Expr> byOutput;

  /** Slopes by operand, null where symbolic. */
  final Function<Expr[], Expr>[] slopes;

  /** Operands by which there is no derivative, as bits. */
  int undefined;

  final Domain[] domains;

  /** Operands that are always numbers, with the number that samples give; null elsewhere. */
  final Number[] numbers;

  /** Operands of two-operand rows that PyTorch takes numbers for too, as bits. */
  int scalars;

  /** Whether samples have a number for either of two operands. */
  boolean numberSamples = true;

  boolean integerEdges = true;
  boolean realEdges = true;

  /** Values by operand, see {@link #corners}, or null. */
  double[][] corners;

  String peer;

  @SuppressWarnings({"unchecked", "rawtypes"})
  private Row(int arity, Rule rule, Function<Expr[], Expr> meaning) {
    this.arity = arity;
    this.rule = rule;
    this.meaning = meaning;
    this.slopes = new Function[arity];
    this.domains = new Domain[arity];
    this.numbers = new Number[arity];
    Arrays.fill(domains, ANY);
    dtypes = rule == Rule.SAME ? DTypes.NUMBERS : DTypes.ALL;
  }

  static Row same(UnaryOperator<Expr> f) {
    return new Row(1, Rule.SAME, x -> f.apply(x[0]));
  }

  static Row same(BinaryOperator<Expr> f) {
    return new Row(2, Rule.SAME, x -> f.apply(x[0], x[1]));
  }

  static Row same(Ternary f) {
    return new Row(3, Rule.SAME, x -> f.apply(x[0], x[1], x[2]));
  }

  static Row same(Quaternary f) {
    return new Row(4, Rule.SAME, x -> f.apply(x[0], x[1], x[2], x[3]));
  }

  static Row real(UnaryOperator<Expr> f) {
    return new Row(1, Rule.FLOAT, x -> f.apply(x[0]));
  }

  static Row real(BinaryOperator<Expr> f) {
    return new Row(2, Rule.FLOAT, x -> f.apply(x[0], x[1]));
  }

  static Row real(Ternary f) {
    return new Row(3, Rule.FLOAT, x -> f.apply(x[0], x[1], x[2]));
  }

  static Row real(Quaternary f) {
    return new Row(4, Rule.FLOAT, x -> f.apply(x[0], x[1], x[2], x[3]));
  }

  static Row function(SpecialFunction f) {
    return real(x -> Exprs.call(f, x));
  }

  static Row function2(SpecialFunction f) {
    return real((a, b) -> Exprs.call(f, a, b));
  }

  static Row test(UnaryOperator<Expr> f) {
    return new Row(1, Rule.BOOL, x -> f.apply(x[0]));
  }

  static Row test(BinaryOperator<Expr> f) {
    return new Row(2, Rule.BOOL, x -> f.apply(x[0], x[1]));
  }

  static Row test(Quaternary f) {
    return new Row(4, Rule.BOOL, x -> f.apply(x[0], x[1], x[2], x[3]));
  }

  static Row int32(UnaryOperator<Expr> f) {
    return new Row(1, Rule.INT32, x -> f.apply(x[0]));
  }

  static Row first(Ternary f) {
    return new Row(3, Rule.FIRST, x -> f.apply(x[0], x[1], x[2]));
  }

  /** Operand {@code i} is a bool. */
  Row mask(int i) {
    mask = i;
    domains[i] = MASK;
    return this;
  }

  Row dtypes(Set<DType> taken) {
    dtypes = taken;
    return this;
  }

  /** Takes bools and computes in them. */
  Row logic() {
    logic = true;
    return this;
  }

  /** The slope is {@code f} of the output. */
  Row byOutput(UnaryOperator<Expr> f) {
    byOutput = f;
    return this;
  }

  Row slope(UnaryOperator<Expr> f) {
    slopes[0] = x -> f.apply(x[0]);
    return this;
  }

  /** By the first operand; the second is a number. */
  Row slope(BinaryOperator<Expr> f) {
    slopes[0] = x -> f.apply(x[0], x[1]);
    return this;
  }

  /** By the first operand; the others are numbers. */
  Row slope(Ternary f) {
    slopes[0] = x -> f.apply(x[0], x[1], x[2]);
    return this;
  }

  /** By operand {@code i}. */
  Row slope(int i, Quaternary f) {
    slopes[i] = x -> f.apply(x[0], x[1], x[2], x[3]);
    return this;
  }

  Row slopes(BinaryOperator<Expr> byFirst, BinaryOperator<Expr> bySecond) {
    slopes[0] = x -> byFirst.apply(x[0], x[1]);
    slopes[1] = x -> bySecond.apply(x[0], x[1]);
    return this;
  }

  Row slopes(Ternary byFirst, Ternary bySecond, Ternary byThird) {
    slopes[0] = x -> byFirst.apply(x[0], x[1], x[2]);
    slopes[1] = x -> bySecond.apply(x[0], x[1], x[2]);
    slopes[2] = x -> byThird.apply(x[0], x[1], x[2]);
    return this;
  }

  /** There is no derivative by these operands, as in PyTorch. */
  Row undefined(int... operands) {
    for (int i : operands) {
      undefined |= 1 << i;
      slopes[i] = x -> ElementwiseProgram.UNDEFINED;
    }
    return this;
  }

  /** Where samples take operands from; the last stands for all further ones. */
  Row on(Domain... values) {
    for (int i = 0; i < arity; i++) {
      domains[i] = i == mask ? MASK : values[Math.min(i, values.length - 1)];
    }
    return this;
  }

  /** Operand {@code i} is always a number, in samples {@code value}. */
  Row number(int i, Number value) {
    numbers[i] = value;
    return this;
  }

  /** The second operand may be a number in PyTorch too. */
  Row right() {
    scalars = 2;
    return this;
  }

  /** Either operand may be a number in PyTorch too. */
  Row either() {
    scalars = 3;
    return this;
  }

  /** A number such as samples give is outside the domain. */
  Row tensorsOnly() {
    numberSamples = false;
    return this;
  }

  /** Not tried with the smallest and largest integers and 0. */
  Row noIntegerEdges() {
    integerEdges = false;
    return this;
  }

  /** Not tried with infinities, NaN and signed zeros. */
  Row noRealEdges() {
    realEdges = false;
    return this;
  }

  /**
   * Values, by operand that is no number, at which the meaning or a slope jumps or its formula
   * would overflow: samples compare there, too.
   */
  Row corners(double[]... byOperand) {
    corners = byOperand;
    return this;
  }

  /** As TorchScript, where {@code {i}} stands for operand i. */
  Row peer(String expression) {
    peer = expression;
    return this;
  }
}
