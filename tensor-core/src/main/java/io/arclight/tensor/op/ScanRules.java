package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.function.BinaryOperator;

/** The rules of scans. */
final class ScanRules {
  /** Elements that are merged before what was carried to them, where this changes no result. */
  private static final int LANES = 16;

  /** So many floats have no product that exceeds a double. */
  private static final int FACTORS = 8;

  private ScanRules() {}

  static Scan.Rule of(ScanOp.Kind kind, DType in, DType out) {
    Type t = Scan.wide(out);
    if (out.isComplex()) {
      // The angle of a logarithm goes on from that of the greater of two.
      return kind == ScanOp.Kind.CUMPROD
          ? new ComplexFold(t, 1, ComplexExpr::times)
          : new ComplexFold(t, Double.NEGATIVE_INFINITY, (a, b) -> ComplexRules.logAddExp(b, a));
    }
    return switch (kind) {
      case CUMSUM -> new Fold(constant(t, 0), (a, b) -> add(a, b), isSafe(t, out) ? LANES : 1);
      case CUMPROD -> new Fold(constant(t, 1), (a, b) -> mul(a, b), isSafe(t, out) ? FACTORS : 1);
      case LOGCUMSUMEXP -> new LogSumExp(in.type().value(), t);
    };
  }

  static Scan.Rule extreme(CumulativeExtremeOp.Kind kind, DType dtype) {
    return new Extreme(kind == CumulativeExtremeOp.Kind.CUMMAX, dtype);
  }

  static Scan.Rule recurrence(RecurrenceOp.Zero zero, DType dtype) {
    Type t = Scan.wide(dtype);
    return dtype.isComplex() ? new ComplexRecurrence(zero, t) : new Recurrence(zero, t);
  }

  /** Whether some elements among themselves cannot overflow where all from the first on do not. */
  private static boolean isSafe(Type carried, DType elements) {
    return !carried.isFloat() || elements.type().value() != carried;
  }

  private record Fold(Expr identity, BinaryOperator<Expr> fold, int lanes) implements Scan.Rule {
    @Override
    public List<Expr> start() {
      return List.of(identity);
    }

    @Override
    public List<Expr> element(List<Expr> loaded, Expr position) {
      return List.of(cast(identity.type(), loaded.get(0)));
    }

    @Override
    public List<Expr> merge(List<Expr> before, List<Expr> behind) {
      return List.of(fold.apply(before.get(0), behind.get(0)));
    }

    @Override
    public List<Expr> outputs(List<Expr> merged) {
      return merged;
    }
  }

  /** The maximum, and the sum of exponentials relative to it. */
  private record LogSumExp(Type t, Type wide) implements Scan.Rule {
    @Override
    public List<Expr> start() {
      return List.of(constant(t, Double.NEGATIVE_INFINITY), constant(wide, 0));
    }

    @Override
    public List<Expr> element(List<Expr> loaded, Expr position) {
      return List.of(loaded.get(0), constant(wide, 1));
    }

    @Override
    public List<Expr> merge(List<Expr> before, List<Expr> behind) {
      Expr a = before.get(0);
      Expr b = behind.get(0);
      // Equal infinities are no distance apart.
      Expr distance = select(eq(a, b), constant(t, 0), abs(sub(a, b)));
      Expr scale = cast(wide, exp(neg(distance)));
      Expr higher = gt(b, a);
      Expr rises = add(mul(before.get(1), scale), behind.get(1));
      Expr stays = add(before.get(1), mul(behind.get(1), scale));
      return List.of(select(higher, b, a), select(higher, rises, stays));
    }

    @Override
    public List<Expr> outputs(List<Expr> merged) {
      return List.of(add(merged.get(0), log(cast(t, merged.get(1)))));
    }

    @Override
    public int lanes() {
      return LANES;
    }
  }

  /** The value, and where it is last; NaN exceeds all and stays. */
  private record Extreme(boolean max, DType dtype) implements Scan.Rule {
    @Override
    public List<Expr> start() {
      Expr least =
          dtype == DType.BOOL
              ? int32(max ? 0 : 1)
              : max ? ReductionRules.least(dtype) : ReductionRules.greatest(dtype);
      return List.of(least, int64(0));
    }

    @Override
    public List<Expr> element(List<Expr> loaded, Expr position) {
      Expr x = loaded.get(0);
      return List.of(dtype == DType.BOOL ? cast(Type.I32, x) : x, position);
    }

    @Override
    public List<Expr> merge(List<Expr> before, List<Expr> behind) {
      Expr a = before.get(0);
      Expr b = behind.get(0);
      Expr takes = max ? ge(b, a) : le(b, a);
      if (b.type().isFloat()) {
        takes = or(isNan(b), takes);
      }
      return List.of(select(takes, b, a), select(takes, behind.get(1), before.get(1)));
    }

    @Override
    public List<Expr> outputs(List<Expr> merged) {
      return merged;
    }

    @Override
    public int lanes() {
      return LANES;
    }
  }

  /** The value so far, and the factor that it is multiplied with next. */
  private record Recurrence(RecurrenceOp.Zero zero, Type t) implements Scan.Rule {
    @Override
    public List<Expr> start() {
      return List.of(constant(t, 0), constant(t, 0));
    }

    @Override
    public List<Expr> element(List<Expr> loaded, Expr position) {
      return List.of(cast(t, loaded.get(1)), cast(t, loaded.get(0)));
    }

    @Override
    public List<Expr> merge(List<Expr> before, List<Expr> behind) {
      Expr factor = behind.get(1);
      Expr term = behind.get(0);
      Expr next = fma(factor, before.get(0), term);
      boolean anew = zero == RecurrenceOp.Zero.STARTS_ANEW;
      return List.of(anew ? select(eq(factor, constant(t, 0)), term, next) : next, factor);
    }

    @Override
    public List<Expr> outputs(List<Expr> merged) {
      return merged.subList(0, 1);
    }

    @Override
    public int lanes() {
      return 1;
    }
  }

  private static ComplexExpr complex(List<Expr> values, int first) {
    return new ComplexExpr(values.get(first), values.get(first + 1));
  }

  /** One complex number for all so far, of which {@code identity} + 0i changes nothing. */
  private record ComplexFold(Type t, double identity, BinaryOperator<ComplexExpr> merge)
      implements Scan.Rule {
    @Override
    public List<Expr> start() {
      return List.of(constant(t, identity), constant(t, 0));
    }

    @Override
    public List<Expr> element(List<Expr> loaded, Expr position) {
      return complex(loaded, 0).cast(t).parts();
    }

    @Override
    public List<Expr> merge(List<Expr> before, List<Expr> behind) {
      return merge.apply(complex(before, 0), complex(behind, 0)).parts();
    }

    @Override
    public List<Expr> outputs(List<Expr> merged) {
      return merged;
    }

    @Override
    public int lanes() {
      return 1;
    }
  }

  /** The value so far, and the factor that it is multiplied with next. */
  private record ComplexRecurrence(RecurrenceOp.Zero zero, Type t) implements Scan.Rule {
    @Override
    public List<Expr> start() {
      Expr none = constant(t, 0);
      return List.of(none, none, none, none);
    }

    @Override
    public List<Expr> element(List<Expr> loaded, Expr position) {
      ComplexExpr factor = complex(loaded, 0).cast(t);
      ComplexExpr term = complex(loaded, 2).cast(t);
      return List.of(term.re(), term.im(), factor.re(), factor.im());
    }

    @Override
    public List<Expr> merge(List<Expr> before, List<Expr> behind) {
      ComplexExpr factor = complex(behind, 2);
      ComplexExpr term = complex(behind, 0);
      ComplexExpr next = term.plus(factor.times(complex(before, 0)));
      boolean anew = zero == RecurrenceOp.Zero.STARTS_ANEW;
      ComplexExpr value = anew ? factor.whereZero(term, next) : next;
      return List.of(value.re(), value.im(), factor.re(), factor.im());
    }

    @Override
    public List<Expr> outputs(List<Expr> merged) {
      return merged.subList(0, 2);
    }

    @Override
    public int lanes() {
      return 1;
    }
  }
}
