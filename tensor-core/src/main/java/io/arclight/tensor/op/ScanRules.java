package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.function.BinaryOperator;

/** The rules of scans. */
final class ScanRules {
  private ScanRules() {}

  static Scan.Rule of(ScanOp.Kind kind, DType in, DType out) {
    Type t = Scan.wide(out);
    return switch (kind) {
      case CUMSUM -> new Fold(constant(t, 0), (a, b) -> add(a, b), isSafe(t, out));
      case CUMPROD -> new Fold(constant(t, 1), (a, b) -> mul(a, b), isSafe(t, out));
      case LOGCUMSUMEXP -> new LogSumExp(in.type().value(), t);
    };
  }

  static Scan.Rule extreme(CumulativeExtremeOp.Kind kind, DType dtype) {
    return new Extreme(kind == CumulativeExtremeOp.Kind.CUMMAX, dtype);
  }

  static Scan.Rule recurrence(RecurrenceOp.Zero zero, DType dtype) {
    return new Recurrence(zero, Scan.wide(dtype));
  }

  /** Whether some elements among themselves cannot overflow where all from the first on do not. */
  private static boolean isSafe(Type carried, DType elements) {
    return !carried.isFloat() || elements.type().value() != carried;
  }

  private record Fold(Expr identity, BinaryOperator<Expr> fold, boolean associative)
      implements Scan.Rule {
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
    public boolean associative() {
      return false;
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
    public boolean associative() {
      return true;
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
    public boolean associative() {
      return false;
    }
  }
}
