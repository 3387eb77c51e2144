package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sqrt;

/** sqrt(a^2 + b^2) without overflow on the way. */
final class Hypotenuse {
  private static final Floats F = Floats.DOUBLE;

  private Hypotenuse() {}

  static Expr hypot(Expr a, Expr b) {
    boolean single = a.type() == Type.F32;
    Expr x = abs(cast(Type.F64, a));
    Expr y = abs(cast(Type.F64, b));
    Expr root = single ? sqrt(fma(x, x, mul(y, y))) : scaled(x, y);
    // An infinite side counts more than a NaN.
    Expr infinity = F.real(Double.POSITIVE_INFINITY);
    Expr infinite = or(eq(x, infinity), eq(y, infinity));
    return cast(a.type(), select(infinite, infinity, root));
  }

  private static Expr scaled(Expr x, Expr y) {
    Expr large = max(x, y);
    Expr small = min(x, y);
    Expr huge = gt(large, F.real(0x1p500));
    Expr tiny = lt(large, F.real(0x1p-400));
    Expr down = select(huge, F.real(0x1p-600), select(tiny, F.real(0x1p600), F.real(1)));
    Expr up = select(huge, F.real(0x1p600), select(tiny, F.real(0x1p-600), F.real(1)));
    Expr l = mul(large, down);
    Expr s = mul(small, down);
    return mul(sqrt(fma(l, l, mul(s, s))), up);
  }
}
