package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.OpCodec;
import io.arclight.tensor.op.Pointwise;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ComplexTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Complex c(double re, double im) {
    return Complex.of(re, im);
  }

  private static Tensor wide(Complex... values) {
    double[] parts = new double[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      parts[2 * i] = values[i].re();
      parts[2 * i + 1] = values[i].im();
    }
    return Tensor.of(parts, Shape.of(values.length, 2)).viewAsComplex();
  }

  @Test
  void madeAndRead() {
    Tensor z = Tensor.of(c(1, 2), c(-3, 0.5));
    assertThat(z.dtype()).isEqualTo(DType.COMPLEX64);
    assertThat(z.shape()).isEqualTo(Shape.of(2));
    assertThat(z.toComplex()).containsExactly(c(1, 2), c(-3, 0.5));
    assertThat(z.toDoubles()).containsExactly(1, 2, -3, 0.5);
    assertThat(z.select(0, 1).itemComplex()).isEqualTo(c(-3, 0.5));
    assertThat(Tensor.full(Shape.of(2), c(0, 1)).toComplex()).containsExactly(c(0, 1), c(0, 1));
    assertThat(Tensor.zeros(Shape.of(1), DType.COMPLEX128).toComplex()).containsExactly(c(0, 0));
    Tensor joined = Tensor.complex(Tensor.of(1f, 2f), Tensor.scalar(3f));
    assertThat(joined.toComplex()).containsExactly(c(1, 3), c(2, 3));
    Tensor turned = Tensor.polar(Tensor.of(2.0), Tensor.of(Math.PI / 2));
    assertThat(turned.dtype()).isEqualTo(DType.COMPLEX128);
    assertThat(turned.imag().item()).isEqualTo(2);
    assertThatThrownBy(() -> Tensor.complex(Tensor.of(1f), Tensor.of(1.0)))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("two float32 or two float64");
    assertThatThrownBy(() -> z.select(0, 0).item())
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("use real() or abs()");
    assertThatThrownBy(z::toArray)
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("toComplex()");
  }

  @Test
  void prints() {
    assertThat(Tensor.of(c(1, 2), c(-3, -0.5))).hasToString("tensor([ 1.+2.0000j, -3.-0.5000j])");
    assertThat(wide(c(0, 1))).hasToString("tensor([0.+1.j], dtype=torch.complex128)");
    assertThat(c(1, -0.0)).hasToString("1.0-0.0j");
  }

  @Test
  void viewsShareMemory() {
    Tensor z = Tensor.of(c(1, 2), c(3, 4));
    z.imag().fillInPlace(7);
    z.viewAsReal().select(0, 0).select(0, 0).fillInPlace(-1);
    assertThat(z.toComplex()).containsExactly(c(-1, 7), c(3, 7));
    assertThat(z.version()).isEqualTo(2);
    Tensor pairs = Tensor.zeros(Shape.of(2, 2));
    pairs.viewAsComplex().copyInPlace(z);
    assertThat(pairs.toDoubles()).containsExactly(-1, 7, 3, 7);
    assertThatThrownBy(() -> Tensor.zeros(Shape.of(2, 2)).t().viewAsComplex())
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("pairs side by side");
    assertThatThrownBy(() -> Tensor.of(1f).imag())
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("needs a complex tensor, not float32");
  }

  @Test
  void numbersAndTensorsMix() {
    Tensor z = Tensor.of(c(1, 2));
    assertThat(z.mul(c(0, 1)).toComplex()).containsExactly(c(-2, 1));
    assertThat(Tensor.of(3f).add(c(0, 1)).toComplex()).containsExactly(c(3, 1));
    assertThat(z.mul(Tensor.of(2L)).toComplex()).containsExactly(c(2, 4));
    assertThat(z.eq(c(1, 2)).itemBoolean()).isTrue();
    assertThat(z.eq(1).itemBoolean()).isFalse();
    assertThat(z.pow(2).toComplex()).containsExactly(c(-3, 4));
    assertThat(z.copy().mulInPlace(Tensor.of(2f)).toComplex()).containsExactly(c(2, 4));
    assertThatThrownBy(() -> Tensor.of(1f).mulInPlace(z))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("complex64 cannot be stored in place in a float32 tensor");
    assertThatThrownBy(() -> Tensor.full(Shape.of(1), c(1, 2), DType.FLOAT32, Device.CPU))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("is not a real number");
  }

  @Test
  void whatHasNoMeaningSaysSo() {
    Tensor z = Tensor.of(c(1, 2));
    assertThatThrownBy(() -> z.lt(z))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("lt: not defined on complex64")
        .hasMessageContaining("use abs()");
    assertThatThrownBy(() -> z.argmax(0))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("reduce abs()");
    assertThatThrownBy(() -> z.softmax(0))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("needs a floating-point tensor");
  }

  private static void maps(UnaryOperator<Tensor> f, Complex from, Complex to) {
    for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
      double[] got = f.apply(wide(from).to(dtype)).toDoubles();
      double[] want = {to.re(), to.im()};
      for (int i = 0; i < 2; i++) {
        double slack = dtype == DType.COMPLEX64 ? 1e-6 : 1e-14;
        String what = "%s of %s in %s".formatted(i, from, dtype);
        if (Double.isFinite(want[i])) {
          assertThat(got[i])
              .as(what)
              .isCloseTo(want[i], within(slack * Math.max(1e-8, Math.abs(want[i]))));
        } else {
          assertThat((Double) got[i]).as(what).isEqualTo((Double) want[i]);
        }
      }
    }
  }

  /** Values that plain formulas get wrong: branch cuts, small and large numbers. */
  @Test
  void cornersOfFunctions() {
    maps(Tensor::sqrt, c(-4, 0), c(0, 2));
    maps(Tensor::sqrt, c(-4, -0.0), c(0, -2));
    maps(Tensor::sqrt, c(0, 0), c(0, 0));
    maps(Tensor::sqrt, c(1e30, 0), c(1e15, 0));
    maps(Tensor::log, c(-1, 0), c(0, Math.PI));
    maps(Tensor::log, c(-1, -0.0), c(0, -Math.PI));
    maps(Tensor::log, c(0, 0), c(-INF, 0));
    maps(Tensor::log, c(3e30, 4e30), c(Math.log(5e30), Math.atan2(4, 3)));
    maps(Tensor::log1p, c(1e-7, 1e-7), c(1e-7 - 2e-21 / 3, 1e-7 - 1e-14));
    maps(Tensor::expm1, c(1e-9, 0), c(1e-9 + 5e-19, 0));
    maps(Tensor::tanh, c(1e-9, 0), c(1e-9, 0));
    maps(Tensor::tanh, c(500, 1), c(1, 0));
    maps(Tensor::reciprocal, c(0, 2), c(0, -0.5));
    maps(Tensor::reciprocal, c(3e30, 4e30), c(3 / 25e30, -4 / 25e30));
    maps(z -> z.div(z), c(1e-30, 1e-30), c(1, 0));
    maps(z -> z.pow(c(0, 1)), c(1, 0), c(1, 0));
    maps(z -> z.pow(0), c(0, 0), c(1, 0));
    maps(z -> z.pow(3), c(0, 0), c(0, 0));
    maps(Tensor::sgn, c(0, 0), c(0, 0));
    maps(Tensor::sgn, c(3e30, 4e30), c(0.6, 0.8));
    maps(z -> z.abs().to(DType.COMPLEX128), c(3e30, -4e30), c(5e30, 0));
    maps(z -> z.abs().to(DType.COMPLEX128), c(NAN, INF), c(INF, 0));
    maps(z -> z.angle().to(DType.COMPLEX128), c(-1, 0), c(Math.PI, 0));
  }

  /** The sides of branch cuts, infinities and NaN as in C99, values that plain formulas lose. */
  @Test
  void cornersOfInverses() {
    double half = Math.PI / 2;
    double far = Math.log(2e30) + Math.log(2) / 2;
    maps(Tensor::asin, c(2, 0), c(half, 1.3169578969248166));
    maps(Tensor::asin, c(2, -0.0), c(half, -1.3169578969248166));
    maps(Tensor::asin, c(-2, 0), c(-half, 1.3169578969248166));
    maps(Tensor::asin, c(-2, -0.0), c(-half, -1.3169578969248166));
    maps(Tensor::asin, c(-INF, INF), c(-half / 2, INF));
    maps(Tensor::asin, c(1, -INF), c(0, -INF));
    maps(Tensor::asin, c(NAN, INF), c(NAN, INF));
    maps(Tensor::asin, c(NAN, 1), c(NAN, NAN));
    maps(Tensor::asin, c(1e30, 1e30), c(half / 2, far));
    maps(Tensor::acos, c(2, 0), c(0, -1.3169578969248166));
    maps(Tensor::acos, c(2, -0.0), c(0, 1.3169578969248166));
    maps(Tensor::acos, c(-2, 0), c(Math.PI, -1.3169578969248166));
    maps(Tensor::acos, c(-INF, INF), c(1.5 * half, -INF));
    maps(Tensor::acos, c(1, 0), c(0, 0));
    maps(Tensor::atan, c(0, 2), c(half, 0.5493061443340549));
    maps(Tensor::atan, c(-0.0, 2), c(-half, 0.5493061443340549));
    maps(Tensor::atan, c(-INF, 1), c(-half, 0));
    maps(Tensor::atan, c(1, INF), c(half, 0));
    maps(Tensor::asinh, c(0, 2), c(1.3169578969248166, half));
    maps(Tensor::asinh, c(-0.0, 2), c(-1.3169578969248166, half));
    maps(Tensor::asinh, c(-INF, 1), c(-INF, 0));
    maps(Tensor::asinh, c(1e30, 1e30), c(far, half / 2));
    maps(Tensor::acosh, c(-2, 0), c(1.3169578969248166, Math.PI));
    maps(Tensor::acosh, c(-2, -0.0), c(1.3169578969248166, -Math.PI));
    maps(Tensor::acosh, c(0, 0), c(0, half));
    maps(Tensor::acosh, c(-INF, 1), c(INF, Math.PI));
    maps(Tensor::atanh, c(2, 0), c(0.5493061443340549, half));
    maps(Tensor::atanh, c(2, -0.0), c(0.5493061443340549, -half));
    maps(Tensor::atanh, c(1, 0), c(INF, 0));
    maps(Tensor::atanh, c(INF, -1), c(0, -half));
    maps(Tensor::atanh, c(1e30, 1e30), c(5e-31, half));
  }

  @Test
  void logsumexpIsOfTheLargestRealPart() {
    Tensor z = wide(c(1000, 1), c(1000, 1));
    assertThat(z.logsumexp(0).toDoubles()[0]).isCloseTo(1000 + Math.log(2), within(1e-10));
    assertThat(z.logsumexp(0).toDoubles()[1]).isCloseTo(1, within(1e-10));
    assertThat(z.narrow(0, 0, 0).logsumexp(0).toDoubles()).containsExactly(-INF, 0);
    assertThat(wide(c(-INF, 0), c(-INF, 0)).logsumexp(0).toDoubles()[0]).isEqualTo(-INF);
    assertThat(Tensor.of(1L, 2L).logsumexp(0).dtype()).isEqualTo(DType.FLOAT32);
  }

  /** Small products are of complex numbers, large ones of parts. */
  @Test
  void productsAreThoseOfTheParts() {
    Generator g = new Generator(5);
    for (DType dtype : new DType[] {DType.COMPLEX64, DType.COMPLEX128}) {
      for (int n : new int[] {1, 7, 110}) {
        Tensor a = g.normal(Shape.of(2, n, n + 1), dtype, Device.CPU);
        Tensor b = g.normal(Shape.of(2, n, n + 1), dtype, Device.CPU).transpose(1, 2);
        Tensor out = a.matmul(b);
        Tensor x = a.to(DType.COMPLEX128);
        Tensor y = b.to(DType.COMPLEX128);
        Tensor re = x.real().matmul(y.real()).sub(x.imag().matmul(y.imag()));
        Tensor im = x.real().matmul(y.imag()).add(x.imag().matmul(y.real()));
        double slack = (dtype == DType.COMPLEX64 ? 1e-5 : 1e-13) * n;
        assertThat(out.dtype()).isEqualTo(dtype);
        Tensor error = out.to(DType.COMPLEX128).sub(Tensor.complex(re, im)).abs().amax();
        assertThat(error.item()).as("%s %d", dtype, n).isLessThan(slack);
      }
      Tensor none = Tensor.zeros(Shape.of(2, 0), dtype).matmul(Tensor.zeros(Shape.of(0, 2), dtype));
      assertThat(none.abs().sum().item()).isEqualTo(0);
    }
  }

  @Test
  void testsOfNumbers() {
    Tensor z = wide(c(NAN, 0), c(0, NAN), c(INF, 0), c(1, -INF), c(1, 1), c(0, 0));
    assertThat(z.isnan().toBooleans()).containsExactly(true, true, false, false, false, false);
    assertThat(z.isinf().toBooleans()).containsExactly(false, false, true, true, false, false);
    assertThat(z.isfinite().toBooleans()).containsExactly(false, false, false, false, true, true);
    assertThat(z.to(DType.BOOL).toBooleans()).containsExactly(true, true, true, true, true, false);
    assertThat(wide(c(0, 1)).to(DType.BOOL).toBooleans()).containsExactly(true);
    assertThat(wide(c(2.5, 1)).to(DType.INT64).toLongs()).containsExactly(2);
    assertThat(wide(c(1, 0), c(1, 1)).isreal().toBooleans()).containsExactly(true, false);
  }

  @Test
  void randomNumbersHaveVarianceOne() {
    Generator g = new Generator(3);
    Tensor n = g.normal(Shape.of(50_000), DType.COMPLEX64, Device.CPU);
    assertThat(n.real().var().item()).isBetween(0.48, 0.52);
    assertThat(n.imag().var().item()).isBetween(0.48, 0.52);
    Tensor u = g.uniform(Shape.of(50_000), DType.COMPLEX128, Device.CPU);
    assertThat(u.imag().mean().item()).isBetween(0.49, 0.51);
  }

  @Test
  void savedOperationsKeepComplexNumbers() {
    Map<String, Object> encoded = OpCodec.encode(Pointwise.MUL.with(null, c(1, -2)));
    Tensor product = Tensor.apply(OpCodec.decode(encoded), Tensor.of(c(0, 1)));
    assertThat(product.toComplex()).containsExactly(c(2, 1));
  }
}
