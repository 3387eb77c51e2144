package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** What each reduction means. */
final class ReductionRules {
  private ReductionRules() {}

  private record SimpleFold(
      Expr identity, UnaryOperator<Expr> map, BinaryOperator<Expr> fold, BinaryOperator<Expr> end)
      implements Reduction.Fold {
    @Override
    public Expr value(RowKernel k, int buffer, Expr index) {
      return map.apply(k.at(buffer, index, identity.type()));
    }

    @Override
    public Expr combine(Expr a, Expr b) {
      return fold.apply(a, b);
    }

    @Override
    public Expr finish(Expr total, Expr n) {
      return end.apply(total, n);
    }
  }

  static Reduction.Fold fold(ReduceOp.Kind kind, DType out) {
    Type t = out.type().value();
    BinaryOperator<Expr> same = (total, n) -> total;
    UnaryOperator<Expr> plain = UnaryOperator.identity();
    return switch (kind) {
      case SUM -> new SimpleFold(constant(t, 0), plain, (a, b) -> add(a, b), same);
      case MEAN ->
          new SimpleFold(
              constant(t, 0), plain, (a, b) -> add(a, b), (total, n) -> div(total, cast(t, n)));
      case NORM ->
          new SimpleFold(
              constant(t, 0), x -> mul(x, x), (a, b) -> add(a, b), (total, n) -> sqrt(total));
      case PROD -> new SimpleFold(constant(t, 1), plain, (a, b) -> mul(a, b), same);
      case AMAX -> new SimpleFold(least(out), plain, (a, b) -> max(a, b), same);
      case AMIN -> new SimpleFold(greatest(out), plain, (a, b) -> min(a, b), same);
      case ANY -> new SimpleFold(FALSE, plain, (a, b) -> or(a, b), same);
      case ALL -> new SimpleFold(TRUE, plain, (a, b) -> and(a, b), same);
      case VAR, ARGMAX, ARGMIN, LOGSUMEXP ->
          throw new IllegalStateException(kind + " is not a fold of one value");
    };
  }

  private static Expr least(DType t) {
    return t == DType.BOOL ? FALSE : bound(t.type(), Double.NEGATIVE_INFINITY, t.type().least());
  }

  private static Expr greatest(DType t) {
    return t == DType.BOOL ? TRUE : bound(t.type(), Double.POSITIVE_INFINITY, t.type().greatest());
  }

  private static Expr bound(Type element, double real, long integer) {
    Type t = element.value();
    return t.isFloat() ? constant(t, real) : new Expr.Int(t, integer);
  }

  /** The reduction of {@code n} elements from {@code base}, as statements of {@code k}. */
  static Expr result(ReduceOp.Kind kind, RowKernel k, int in, Expr base, Expr n, DType out) {
    return switch (kind) {
      case SUM, MEAN, NORM, PROD, AMAX, AMIN, ANY, ALL -> {
        Reduction.Fold f = fold(kind, out);
        Expr total =
            k.reduce("acc", n, f.identity(), i -> f.value(k, in, add(base, i)), f::combine);
        yield f.finish(total, n);
      }
      case VAR -> {
        Type t = out.type().value();
        Expr sum =
            k.reduce("sum", n, constant(t, 0), i -> k.at(in, add(base, i), t), (a, b) -> add(a, b));
        Expr mean = k.let("mean", div(sum, cast(t, n)));
        Expr squares =
            k.reduce(
                "squares",
                n,
                constant(t, 0),
                i -> {
                  Expr d = sub(k.at(in, add(base, i), t), mean);
                  return mul(d, d);
                },
                (a, b) -> add(a, b));
        // Of no elements, 0 / 0.
        yield div(squares, cast(t, max(sub(n, int64(1)), int64(0))));
      }
      case LOGSUMEXP -> {
        Type t = out.type().value();
        Expr shift = k.let("shift", shift(k, in, base, n, t));
        Expr sum =
            k.reduce(
                "sum",
                n,
                constant(t, 0),
                i -> exp(sub(k.at(in, add(base, i), t), shift)),
                (a, b) -> add(a, b));
        yield add(shift, log(sum));
      }
      case ARGMAX, ARGMIN -> position(kind, k, in, base, n);
    };
  }

  /** The maximum, or 0 where that is infinite, so that x - shift is never inf - inf. */
  static Expr shift(RowKernel k, int in, Expr base, Expr n, Type t) {
    Expr top =
        k.reduce(
            "top",
            n,
            constant(t, Double.NEGATIVE_INFINITY),
            i -> k.at(in, add(base, i), t),
            (a, b) -> max(a, b));
    return select(eq(abs(top), constant(t, Double.POSITIVE_INFINITY)), constant(t, 0), top);
  }

  /** (value, index) pairs; the earlier index wins among equals, NaN wins over all. */
  private static Expr position(ReduceOp.Kind kind, RowKernel k, int in, Expr base, Expr n) {
    Expr.Var i = k.fresh("i", Type.I64);
    Expr value = load(in, add(base, i), k.type(in));
    Type t = value.type() == Type.BOOL ? Type.I32 : value.type();
    Expr key = cast(t, value);
    Expr.Var v = k.fresh("value", t);
    Expr.Var at = k.fresh("at", Type.I64);
    Expr.Var va = k.fresh("va", t);
    Expr.Var ia = k.fresh("ia", Type.I64);
    Expr.Var vb = k.fresh("vb", t);
    Expr.Var ib = k.fresh("ib", Type.I64);
    Expr none = lt(ia, int64(0));
    Expr better = kind == ReduceOp.Kind.ARGMAX ? gt(vb, va) : lt(vb, va);
    Expr tie = and(eq(va, vb), lt(ib, ia));
    Expr wins = or(better, tie);
    if (t.isFloat()) {
      Expr earlierNan = and(isNan(vb), or(not(isNan(va)), lt(ib, ia)));
      wins = or(and(not(isNan(va)), wins), earlierNan);
    }
    Expr take = and(ge(ib, int64(0)), or(none, wins));
    k.add(
        new Stmt.Reduce(
            i,
            n,
            List.of(),
            List.of(key, i),
            List.of(v, at),
            List.of(constant(t, 0), int64(-1)),
            new Stmt.Combine(
                List.of(va, ia),
                List.of(vb, ib),
                List.of(select(take, vb, va), select(take, ib, ia)))));
    return at;
  }
}
