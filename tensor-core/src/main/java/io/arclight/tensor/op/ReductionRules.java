package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.SpecialFunction;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** The rule of each reduction. */
final class ReductionRules {
  private ReductionRules() {}

  /** A fold of one value. */
  private record Fold(
      Expr identity, UnaryOperator<Expr> map, BinaryOperator<Expr> fold, BinaryOperator<Expr> end)
      implements ReductionRule {

    @Override
    public List<Expr> part(Elements x, Expr n, Expr first) {
      return List.of(x.fold(n, identity, i -> map.apply(x.at(i)), fold));
    }

    @Override
    public List<Type> types() {
      return List.of(identity.type());
    }

    @Override
    public List<Expr> merge(List<Expr> a, List<Expr> b) {
      return List.of(fold.apply(a.get(0), b.get(0)));
    }

    @Override
    public List<Expr> finish(List<Expr> tuple, Expr n) {
      return List.of(end.apply(tuple.get(0), n));
    }
  }

  /** The rule that reads {@code in}; {@code out} is the first output's dtype. */
  static ReductionRule of(ReduceOp.Kind kind, double argument, DType in, DType out) {
    Type t = out.type().value();
    Expr zero = constant(t, 0);
    UnaryOperator<Expr> plain = x -> cast(t, x);
    BinaryOperator<Expr> same = (total, n) -> total;
    return switch (kind) {
      case SUM -> new Fold(zero, plain, (a, b) -> add(a, b), same);
      case NANSUM ->
          new Fold(
              zero,
              x -> t.isFloat() ? select(isNan(x), zero, cast(t, x)) : cast(t, x),
              (a, b) -> add(a, b),
              same);
      case MEAN -> new Fold(zero, plain, (a, b) -> add(a, b), (total, n) -> div(total, cast(t, n)));
      case PROD -> new Fold(constant(t, 1), plain, (a, b) -> mul(a, b), same);
      case AMAX -> new Fold(least(out), plain, (a, b) -> max(a, b), same);
      case AMIN -> new Fold(greatest(out), plain, (a, b) -> min(a, b), same);
      case ANY -> new Fold(FALSE, x -> cast(Type.BOOL, x), (a, b) -> or(a, b), same);
      case ALL -> new Fold(TRUE, x -> cast(Type.BOOL, x), (a, b) -> and(a, b), same);
      case COUNT_NONZERO ->
          new Fold(zero, x -> cast(t, cast(Type.BOOL, x)), (a, b) -> add(a, b), same);
      case NORM -> norm(argument, t);
      case AMINMAX -> new Extent(least(out), greatest(out));
      case MAX, ARGMAX -> new Position(Position.Seek.MAX, kind == ReduceOp.Kind.MAX, in);
      case MIN, ARGMIN -> new Position(Position.Seek.MIN, kind == ReduceOp.Kind.MIN, in);
      case LOGSUMEXP -> new LogSumExp(t);
      case VAR, STD -> new Moments(t, argument, kind == ReduceOp.Kind.STD);
    };
  }

  private static Fold norm(double p, Type t) {
    Expr zero = constant(t, 0);
    BinaryOperator<Expr> sum = (a, b) -> add(a, b);
    BinaryOperator<Expr> same = (total, n) -> total;
    if (p == 0) {
      return new Fold(zero, x -> select(ne(x, zero), constant(t, 1), zero), sum, same);
    } else if (p == 1) {
      return new Fold(zero, x -> abs(x), sum, same);
    } else if (p == 2) {
      return new Fold(zero, x -> mul(x, x), sum, (total, n) -> sqrt(total));
    } else if (p == Double.POSITIVE_INFINITY) {
      return new Fold(zero, x -> abs(x), (a, b) -> max(a, b), same);
    } else if (p == Double.NEGATIVE_INFINITY) {
      Expr top = constant(t, Double.POSITIVE_INFINITY);
      return new Fold(top, x -> abs(x), (a, b) -> min(a, b), same);
    }
    return new Fold(
        zero,
        x -> p == 3 ? mul(abs(x), mul(x, x)) : pow(abs(x), constant(t, p)),
        sum,
        (total, n) -> pow(total, constant(t, 1 / p)));
  }

  /** The smallest value of a dtype. */
  static Expr least(DType t) {
    return t == DType.BOOL ? FALSE : bound(t.type(), Double.NEGATIVE_INFINITY, t.type().least());
  }

  /** The greatest value of a dtype. */
  static Expr greatest(DType t) {
    return t == DType.BOOL ? TRUE : bound(t.type(), Double.POSITIVE_INFINITY, t.type().greatest());
  }

  private static Expr bound(Type element, double real, long integer) {
    Type t = element.value();
    return t.isFloat() ? constant(t, real) : new Expr.Int(t, integer);
  }

  /** The least and the greatest. */
  private record Extent(Expr least, Expr greatest) implements ReductionRule {
    @Override
    public List<Type> types() {
      return List.of(greatest.type(), least.type());
    }

    @Override
    public List<Expr> part(Elements x, Expr n, Expr first) {
      return x.fold(
          n,
          List.of(greatest, least),
          i -> List.of(x.at(i), x.at(i)),
          (a, b) -> List.of(min(a.get(0), b.get(0)), max(a.get(1), b.get(1))));
    }

    @Override
    public List<Expr> merge(List<Expr> a, List<Expr> b) {
      return List.of(min(a.get(0), b.get(0)), max(a.get(1), b.get(1)));
    }

    @Override
    public List<Expr> finish(List<Expr> tuple, Expr n) {
      return tuple;
    }
  }

  /**
   * An extreme value and where it is first; NaN exceeds all. First the value, then its place: both
   * are folds of one register, and the second finds the elements in the cache.
   */
  private record Position(Seek seek, boolean withValue, DType dtype) implements ReductionRule {
    enum Seek {
      MAX,
      MIN
    }

    private Type type() {
      return dtype == DType.BOOL ? Type.I32 : dtype.type().value();
    }

    @Override
    public List<Type> types() {
      return List.of(type(), Type.I64);
    }

    @Override
    public List<Expr> part(Elements x, Expr n, Expr first) {
      Type t = type();
      Expr start =
          dtype == DType.BOOL
              ? constant(t, seek == Seek.MAX ? 0 : 1)
              : seek == Seek.MAX ? least(dtype) : greatest(dtype);
      Expr top =
          x.fold(n, start, i -> x.at(i, t), (a, b) -> seek == Seek.MAX ? max(a, b) : min(a, b));
      Expr none = int32(Integer.MAX_VALUE);
      Expr at =
          x.fold(
              n,
              none,
              i -> {
                Expr v = x.at(i, t);
                Expr found = eq(v, top);
                return select(t.isFloat() ? or(found, isNan(v)) : found, cast(Type.I32, i), none);
              },
              (a, b) -> min(a, b));
      return List.of(top, x.let("at", add(first, cast(Type.I64, at))));
    }

    @Override
    public List<Expr> merge(List<Expr> a, List<Expr> b) {
      Expr va = a.get(0);
      Expr vb = b.get(0);
      Expr better = seek == Seek.MAX ? gt(vb, va) : lt(vb, va);
      if (va.type().isFloat()) {
        better = and(not(isNan(va)), or(better, isNan(vb)));
      }
      return List.of(select(better, vb, va), select(better, b.get(1), a.get(1)));
    }

    @Override
    public List<Expr> finish(List<Expr> tuple, Expr n) {
      return withValue ? tuple : tuple.subList(1, 2);
    }
  }

  /** The maximum, and the sum of exp(x - maximum), with 0 for an infinite maximum. */
  private record LogSumExp(Type t) implements ReductionRule {
    @Override
    public List<Type> types() {
      return List.of(t, t);
    }

    @Override
    public List<Expr> part(Elements x, Expr n, Expr first) {
      Expr top = top(x, n, t);
      Expr shift = x.let("shift", finite(top));
      Expr sum = x.fold(n, constant(t, 0), i -> exp(sub(x.at(i, t), shift)), (a, b) -> add(a, b));
      return List.of(top, sum);
    }

    @Override
    public List<Expr> merge(List<Expr> a, List<Expr> b) {
      Expr top = max(a.get(0), b.get(0));
      Expr shift = finite(top);
      return List.of(top, add(scaled(a, shift), scaled(b, shift)));
    }

    /** A sum relative to {@code shift}; one of an infinite maximum is relative to 0. */
    private static Expr scaled(List<Expr> tuple, Expr shift) {
      Expr sum = tuple.get(1);
      Expr none = constant(sum.type(), 0);
      return select(eq(sum, none), none, mul(sum, exp(sub(finite(tuple.get(0)), shift))));
    }

    @Override
    public List<Expr> finish(List<Expr> tuple, Expr n) {
      return List.of(add(tuple.get(0), log(tuple.get(1))));
    }
  }

  private static Expr top(Elements x, Expr n, Type t) {
    return x.fold(n, constant(t, Double.NEGATIVE_INFINITY), i -> x.at(i, t), (a, b) -> max(a, b));
  }

  /** The value, or 0 where it is infinite. */
  static Expr finite(Expr top) {
    Type t = top.type();
    return select(eq(abs(top), constant(t, Double.POSITIVE_INFINITY)), constant(t, 0), top);
  }

  /**
   * The maximum of a row for softmax. It may pass over a NaN, which makes the row's sum NaN in any
   * case: that is one instruction instead of three in a chain that the rest of the row waits for.
   */
  static Expr shift(Elements x, Expr n, Type t) {
    Expr least = constant(t, Double.NEGATIVE_INFINITY);
    return x.fold(n, least, i -> x.at(i, t), (a, b) -> select(gt(a, b), a, b));
  }

  /** e^(x - shift), for a shift that no x is above. */
  static Expr below(Expr x, Expr shift) {
    return decay(sub(x, shift));
  }

  /** e^x for x <= 0. */
  static Expr decay(Expr x) {
    return call(SpecialFunction.DECAY, x);
  }

  /** Count, mean, and the sum of squared distances from it. */
  private record Moments(Type t, double correction, boolean root) implements ReductionRule {
    @Override
    public List<Type> types() {
      return List.of(t, t, t);
    }

    @Override
    public List<Expr> part(Elements x, Expr n, Expr first) {
      Expr zero = constant(t, 0);
      Expr count = x.let("count", cast(t, n));
      Expr sum = x.fold(n, zero, i -> x.at(i, t), (a, b) -> add(a, b));
      Expr mean = x.let("mean", div(sum, count));
      Expr squares =
          x.fold(
              n,
              zero,
              i -> {
                Expr d = sub(x.at(i, t), mean);
                return mul(d, d);
              },
              (a, b) -> add(a, b));
      return List.of(count, mean, squares);
    }

    @Override
    public List<Expr> merge(List<Expr> a, List<Expr> b) {
      Expr n = add(a.get(0), b.get(0));
      Expr d = sub(b.get(1), a.get(1));
      Expr share = div(b.get(0), n);
      Expr squares = add(add(a.get(2), b.get(2)), mul(mul(d, d), mul(a.get(0), share)));
      return List.of(n, add(a.get(1), mul(d, share)), squares);
    }

    @Override
    public List<Expr> finish(List<Expr> tuple, Expr n) {
      Expr left = sub(cast(t, n), constant(t, correction));
      Expr var = div(tuple.get(2), max(left, constant(t, 0)));
      return List.of(root ? sqrt(var) : var, tuple.get(1));
    }
  }
}
