package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.atan2;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.cos;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.erf;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.expm1;
import static io.arclight.tensor.ir.Exprs.floor;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.log1p;
import static io.arclight.tensor.ir.Exprs.max;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.pow;
import static io.arclight.tensor.ir.Exprs.rem;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sin;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.tan;
import static io.arclight.tensor.ir.Exprs.tanh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.ir.Kernel.Access;
import io.arclight.tensor.ir.Kernel.Buffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DerivativeTest {
  private static final Expr.Input X = new Expr.Input(0, Type.F64);
  private static final Expr.Input Y = new Expr.Input(1, Type.F64);
  private static final double STEP = 1e-6;

  static List<Expr> smooth() {
    Expr one = real(1);
    Expr square = mul(X, X);
    return List.of(
        neg(X),
        abs(X),
        sqrt(add(square, one)),
        exp(mul(X, Y)),
        expm1(X),
        log(add(square, one)),
        log1p(square),
        sin(mul(X, real(2))),
        cos(square),
        tan(mul(X, real(0.3))),
        tanh(X),
        erf(X),
        add(X, mul(Y, X)),
        sub(Y, X),
        div(X, Y),
        div(Y, add(square, one)),
        rem(mul(Y, real(3)), X),
        rem(X, real(0.7)),
        min(X, Y),
        max(mul(X, X), Y),
        copySign(X, Y),
        pow(add(square, one), Y),
        pow(abs(Y), X),
        pow(X, real(2)),
        pow(X, real(3)),
        atan2(X, Y),
        atan2(Y, X),
        fma(X, Y, square),
        fma(Y, Y, X),
        select(gt(X, Y), square, exp(X)),
        Exprs.cast(Type.F64, Exprs.cast(Type.F64, sin(X))),
        new Expr.Check(
            gt(X, real(-9)), ErrorCode.INVALID_PROBABILITY, Exprs.int64(0), square, real(0)),
        mul(tanh(exp(neg(square))), add(Y, erf(mul(X, Y)))));
  }

  @ParameterizedTest
  @MethodSource("smooth")
  void firstAndSecondAgreeWithDifferences(Expr e) {
    Expr first = Derivative.of(e, X);
    Expr second = Derivative.of(first, X);
    for (double x : new double[] {-1.3, -0.42, 0.37, 1.1}) {
      for (double y : new double[] {-0.8, 0.55}) {
        double expected = (value(e, x + STEP, y) - value(e, x - STEP, y)) / (2 * STEP);
        assertThat(value(first, x, y)).isCloseTo(expected, within(1e-7 * (1 + Math.abs(expected))));
        double bend = (value(first, x + STEP, y) - value(first, x - STEP, y)) / (2 * STEP);
        assertThat(value(second, x, y)).isCloseTo(bend, within(1e-7 * (1 + Math.abs(bend))));
      }
    }
  }

  @Test
  void kinksFollowPyTorch() {
    assertThat(value(Derivative.of(abs(X), X), 0, 0)).isZero();
    assertThat(value(Derivative.of(max(X, Y), X), 2, 2)).isEqualTo(0.5);
    assertThat(value(Derivative.of(min(X, Y), X), 2, 2)).isEqualTo(0.5);
    Expr relu = select(gt(X, real(0)), X, real(0));
    assertThat(value(Derivative.of(relu, X), 0, 0)).isZero();
    assertThat(value(Derivative.of(pow(X, real(0)), X), 0, 0)).isZero();
    assertThat(value(Derivative.of(pow(X, Y), Y), 0, 2)).isZero();
    assertThat(value(Derivative.of(pow(X, real(2)), X), -3, 0)).isEqualTo(-6);
  }

  @Test
  void nanStaysNan() {
    for (Expr e : List.of(abs(X), sqrt(X), tanh(X), exp(X), pow(X, real(3)))) {
      assertThat(value(Derivative.of(e, X), Double.NaN, 1)).isNaN();
    }
  }

  @Test
  void independentOfTheInputIsTheConstantZero() {
    Expr zero = real(0);
    assertThat(Derivative.of(exp(Y), X)).isEqualTo(zero);
    assertThat(Derivative.of(floor(X), X)).isEqualTo(zero);
    assertThat(Derivative.of(add(X, exp(Y)), X)).isEqualTo(real(1));
    assertThat(Derivative.of(Exprs.cast(Type.F64, Exprs.cast(Type.I64, X)), X)).isEqualTo(zero);
    assertThatThrownBy(() -> Derivative.of(gt(X, Y), X)).hasMessageContaining("BOOL");
  }

  private static Expr real(double value) {
    return constant(Type.F64, value);
  }

  private static double value(Expr e, double x, double y) {
    Expr.Var row = new Expr.Var("row", Type.I64);
    Expr value =
        Exprs.substitute(
            e, n -> n instanceof Expr.Input i ? Exprs.load(i.index(), row, i.type()) : n);
    Kernel kernel =
        new Kernel(
            "value",
            List.of(
                new Buffer(Type.F64, Access.READ),
                new Buffer(Type.F64, Access.READ),
                new Buffer(Type.F64, Access.WRITE)),
            List.of(),
            row,
            true,
            List.of(new Stmt.Store(2, row, value)));
    KernelSample sample =
        new KernelSample(
            "value",
            kernel,
            1,
            List.of(new double[] {x}, new double[] {y}, new double[1]),
            List.of());
    return ((double[]) sample.run(Interpreter::compile).buffers().get(2))[0];
  }
}
