package io.arclight.tensor.ir;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.UnaryOp;
import io.arclight.tensor.ir.Kernel.Access;
import io.arclight.tensor.ir.Kernel.Buffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accuracy of the function expansions against double arithmetic. With {@code
 * -Darclight.test.full-sweep=true} all 2^32 floats are tried (hours), else every {@link #STRIDE}th.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExpandTest {
  private static final Logger LOG = LoggerFactory.getLogger(ExpandTest.class);
  private static final int STRIDE = Boolean.getBoolean("arclight.test.full-sweep") ? 1 : 20011;
  private static final Expr.Var ROW = new Expr.Var("row", Type.I64);
  private static final int CHUNK = 1 << 16;

  /** Above, trigonometric functions promise only their range. */
  private static final double TRIGONOMETRIC_LIMIT = 0x1p46;

  @ParameterizedTest
  @EnumSource(
      value = UnaryOp.class,
      names = {"EXP", "EXPM1", "LOG", "LOG1P", "SIN", "COS", "TAN", "TANH", "ERF"})
  void floatsAreWithinTwoUnits(UnaryOp op) {
    float[] in = new float[CHUNK];
    Worst worst = new Worst();
    int count = 0;
    for (long bits = Integer.MIN_VALUE; bits <= Integer.MAX_VALUE; bits += STRIDE) {
      in[count++] = Float.intBitsToFloat((int) bits);
      if (count == CHUNK || bits + STRIDE > Integer.MAX_VALUE) {
        float[] out = (float[]) run(Type.F32, Exprs.unary(op, load(0, Type.F32)), in, in, count);
        for (int i = 0; i < count; i++) {
          boolean far = trigonometric(op) && Math.abs(in[i]) > TRIGONOMETRIC_LIMIT;
          if (!far || Float.isInfinite(in[i])) {
            worst.float32(out[i], exact(op, in[i]), in[i], 0);
          }
        }
        count = 0;
      }
    }
    LOG.info("{} F32: {} ulp at {}", op, worst.error, worst.x);
    assertThat(worst.error).as("ulp of %s(%s)", op, worst.x).isLessThanOrEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = UnaryOp.class,
      names = {"EXP", "EXPM1", "LOG", "LOG1P", "SIN", "COS", "TAN", "TANH", "ERF"})
  void doublesAreWithinFourUnits(UnaryOp op) {
    int n = 60000;
    Random random = new Random(1);
    double[] in = new double[n];
    for (int i = 0; i < n; i++) {
      in[i] =
          switch (i % 3) {
            case 0 -> random.nextGaussian() * 3;
            case 1 -> random.nextGaussian() * Math.pow(10, random.nextInt(30) - 26);
            default -> 1 + random.nextGaussian() * Math.pow(10, -random.nextInt(10));
          };
    }
    double[] special = {
      0.0,
      -0.0,
      1,
      -1,
      Double.MIN_VALUE,
      -Double.MIN_VALUE,
      1e-310,
      Double.MAX_VALUE,
      709.7,
      709.8,
      -745,
      -746,
      -708.5,
      1e5,
      Math.PI,
      1000 * Math.PI,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    System.arraycopy(special, 0, in, 0, special.length);
    double[] out = (double[]) run(Type.F64, Exprs.unary(op, load(0, Type.F64)), in, in, n);
    Worst worst = new Worst();
    for (int i = 0; i < n; i++) {
      if (!(trigonometric(op) && Math.abs(in[i]) == Double.MAX_VALUE)) {
        worst.float64(out[i], exact(op, in[i]), in[i], 0);
      }
    }
    LOG.info("{} F64: {} ulp at {}", op, worst.error, worst.x);
    assertThat(worst.error).as("ulp of %s(%s)", op, worst.x).isLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = BinaryOp.class,
      names = {"POW", "ATAN2"})
  void pairs(BinaryOp op) {
    double[] special = {
      0.0,
      -0.0,
      1,
      -1,
      2,
      -2,
      3,
      -3,
      0.5,
      -0.5,
      1e-40,
      -1e-40,
      3e38,
      -3e38,
      16777217,
      1e300,
      -1e300,
      1e-310,
      0.1,
      9.5,
      100,
      -101,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN
    };
    int n = 300_000;
    double[] a = new double[n];
    double[] b = new double[n];
    Random random = new Random(2);
    for (int i = 0; i < n; i++) {
      boolean grid = i < special.length * special.length;
      a[i] = grid ? special[i / special.length] : spread(random);
      b[i] = grid ? special[i % special.length] : spread(random);
      if (op == BinaryOp.POW && !grid && i % 4 != 0) {
        a[i] = Math.abs(a[i]);
        // Results of all magnitudes.
        b[i] = random.nextDouble() * 1500 / Math.log(a[i]) - 750 / Math.log(a[i]);
      }
    }
    float[] fa = new float[n];
    float[] fb = new float[n];
    for (int i = 0; i < n; i++) {
      fa[i] = (float) a[i];
      fb[i] = (float) (i % 2 == 0 ? b[i] / 8 : b[i]);
    }
    DoubleBinaryOperator exact = op == BinaryOp.POW ? ExpandTest::pow : Math::atan2;
    Expr single = Exprs.binary(op, load(0, Type.F32), load(1, Type.F32));
    float[] floats = (float[]) run(Type.F32, single, fa, fb, n);
    Expr wide = Exprs.binary(op, load(0, Type.F64), load(1, Type.F64));
    double[] doubles = (double[]) run(Type.F64, wide, a, b, n);
    Worst worst = new Worst();
    Worst worstWide = new Worst();
    for (int i = 0; i < n; i++) {
      worst.float32(floats[i], exact.applyAsDouble(fa[i], fb[i]), fa[i], fb[i]);
      worstWide.float64(doubles[i], exact.applyAsDouble(a[i], b[i]), a[i], b[i]);
    }
    LOG.info("{} F32: {} ulp at {}, {}", op, worst.error, worst.x, worst.y);
    LOG.info("{} F64: {} ulp at {}, {}", op, worstWide.error, worstWide.x, worstWide.y);
    assertThat(worst.error).as("ulp at %s, %s", worst.x, worst.y).isLessThanOrEqualTo(2);
    assertThat(worstWide.error).as("at %s, %s", worstWide.x, worstWide.y).isLessThanOrEqualTo(4);
  }

  @Test
  void farTrigonometryStaysInRange() {
    float[] in = {0x1p53f, 0x1p66f, 0x1.cp127f, -0x1p83f};
    for (UnaryOp op : List.of(UnaryOp.SIN, UnaryOp.COS)) {
      float[] out = (float[]) run(Type.F32, Exprs.unary(op, load(0, Type.F32)), in, in, 4);
      for (float value : out) {
        assertThat(value).isBetween(-1f, 1f);
      }
    }
  }

  /** Nesting multiplies the size of the tree but not that of the shared program. */
  @Test
  void nestedFunctionsStayLinear() {
    Expr e = load(0, Type.F32);
    for (int i = 0; i < 40; i++) {
      e = Exprs.tanh(Exprs.mul(e, e));
    }
    float[] in = {0.9f};
    assertThat(((float[]) run(Type.F32, e, in, in, 1))[0]).isBetween(0f, 1f);
  }

  private static double spread(Random random) {
    return random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
  }

  private static boolean trigonometric(UnaryOp op) {
    return op == UnaryOp.SIN || op == UnaryOp.COS || op == UnaryOp.TAN;
  }

  private static double exact(UnaryOp op, double x) {
    DoubleUnaryOperator function =
        switch (op) {
          case EXP -> Math::exp;
          case EXPM1 -> Math::expm1;
          case LOG -> Math::log;
          case LOG1P -> Math::log1p;
          case SIN -> Math::sin;
          case COS -> Math::cos;
          case TAN -> Math::tan;
          case TANH -> Math::tanh;
          case ERF -> ErrorFunction::erf;
          default -> throw new IllegalArgumentException(op.name());
        };
    return function.applyAsDouble(x);
  }

  private static double pow(double a, double b) {
    return a == 1 || (a == -1 && Double.isInfinite(b)) ? 1 : Math.pow(a, b);
  }

  private static Expr load(int buffer, Type type) {
    return Exprs.load(buffer, ROW, type);
  }

  private static Object run(Type type, Expr value, Object a, Object b, int rows) {
    Kernel kernel =
        new Kernel(
            "function",
            List.of(
                new Buffer(type, Access.READ),
                new Buffer(type, Access.READ),
                new Buffer(type, Access.WRITE)),
            List.of(),
            ROW,
            true,
            List.of(new Stmt.Store(2, ROW, value)));
    Object out = TypedArrays.of(type, TypedArrays.length(a));
    KernelSample sample = new KernelSample("function", kernel, rows, List.of(a, b, out), List.of());
    return sample.run(Interpreter::compile).buffers().get(2);
  }

  private static final class Worst {
    double error;
    double x;
    double y;

    void float32(float got, double exact, double atX, double atY) {
      float rounded = (float) exact;
      double error;
      if (special(got, rounded)) {
        error = specialError(got, rounded, exact, Float.MAX_VALUE);
      } else {
        error = Math.abs(got - exact) / Math.ulp(rounded);
      }
      add(error, atX, atY);
    }

    void float64(double got, double exact, double atX, double atY) {
      double error =
          special(got, exact)
              ? specialError(got, exact, exact, Double.MAX_VALUE)
              : Math.abs(got - exact) / Math.ulp(exact);
      add(error, atX, atY);
    }

    private static boolean special(double got, double exact) {
      return !Double.isFinite(got) || !Double.isFinite(exact) || exact == 0;
    }

    private static double specialError(double got, double rounded, double exact, double max) {
      if (Double.doubleToLongBits(got) == Double.doubleToLongBits(rounded)) {
        return 0;
      }
      // At the rim of the range one side may overflow, at the bottom one may vanish.
      boolean rim = Math.abs(exact) > max * (1 - 1e-7) && Math.abs(got) > max * (1 - 1e-7);
      boolean bottom = exact != 0 && Math.abs(got) <= 2 * Float.MIN_VALUE && rounded == 0;
      return rim || bottom ? 1 : Double.POSITIVE_INFINITY;
    }

    private void add(double error, double atX, double atY) {
      if (error > this.error) {
        this.error = error;
        x = atX;
        y = atY;
      }
    }
  }
}
