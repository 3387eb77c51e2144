package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Fft;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transforms against their definition, for lengths of every kind. */
@Timeout(120)
class FourierPlanTest {

  @ParameterizedTest
  @ValueSource(
      longs = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 24, 25, 27, 30, 31,
        32, 35, 48, 49, 60, 64, 77, 81, 97, 100, 121, 125, 128, 143, 144, 169, 210, 243, 256, 257,
        360, 500, 512, 1000, 1001, 1009, 1024, 2048, 3600, 4096
      })
  void agreesWithTheDefinition(long n) {
    for (DType t : new DType[] {DType.FLOAT64, DType.FLOAT32}) {
      for (Device device : new Device[] {Device.CPU, Device.QUEUE}) {
        for (FftOp.Direction d : FftOp.Direction.values()) {
          try (Scope scope = Scope.open()) {
            check((int) n, 3, t, device, d);
            check((int) n, n < 300 ? 17 : 1, t, device, d);
          }
        }
      }
    }
  }

  /** Many at once go another way than one, by lanes where they are short. */
  @ParameterizedTest
  @ValueSource(
      longs = {
        1, 2, 3, 4, 6, 8, 10, 13, 16, 17, 20, 30, 32, 60, 63, 64, 100, 128, 200, 255, 256, 1000
      })
  void manyAtOnceHaveTheBitsOfEachAlone(long n) {
    for (DType t : new DType[] {DType.FLOAT64, DType.FLOAT32}) {
      // Tiles that are full and not, and more than are in work at a time.
      for (long rows : new long[] {8, 19, 16384 / n + 21}) {
        try (Scope scope = Scope.open()) {
          Tensor x = Tensor.randn(Shape.of(rows, n)).to(t);
          same(Fft.fft(x.to(t.toComplex())), x, r -> Fft.fft(r.to(t.toComplex())));
          same(Fft.ifft(Fft.fft(x)), x, r -> Fft.ifft(Fft.fft(r)));
          same(Fft.rfft(x), x, r -> Fft.rfft(r));
          same(
              Fft.irfft(Fft.rfft(x), n, -1, Fft.Norm.BACKWARD),
              x,
              r -> Fft.irfft(Fft.rfft(r), n, -1, Fft.Norm.BACKWARD));
        }
      }
    }
  }

  private static void same(Tensor all, Tensor x, UnaryOperator<Tensor> one) {
    for (long row : new long[] {0, 5, x.dim(0) - 2, x.dim(0) - 1}) {
      assertThat(bits(all.narrow(0, row, 1)))
          .as(x.shape() + " row " + row)
          .isEqualTo(bits(one.apply(x.narrow(0, row, 1))));
    }
  }

  private static double[] bits(Tensor t) {
    return (t.dtype().isComplex() ? t.viewAsReal() : t).toDoubles();
  }

  private static void check(int n, int batches, DType t, Device device, FftOp.Direction direction) {
    double[] x = new double[2 * n * batches];
    Random random = new Random(n);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    Tensor in = Tensor.of(x).to(t).to(device);
    Tensor out = Tensor.empty(Shape.of(x.length), t, device);
    FourierPlan.of(n, t, device).run(in, out, batches, direction, 0.5);
    double[] actual = out.toDoubles();
    double sign = direction == FftOp.Direction.FORWARD ? -1 : 1;
    double tolerance = (t == DType.FLOAT64 ? 1e-14 : 5e-7) * Math.sqrt(n) * (3 + Math.log(n));
    int step = Math.max(1, n / 60);
    for (int b = 0; b < batches; b++) {
      for (int k = 0; k < n; k += step) {
        double re = 0;
        double im = 0;
        for (int j = 0; j < n; j++) {
          double angle = sign * 2 * Math.PI * ((long) j * k % n) / n;
          double c = Math.cos(angle);
          double s = Math.sin(angle);
          double a = x[2 * (b * n + j)];
          double e = x[2 * (b * n + j) + 1];
          re += a * c - e * s;
          im += a * s + e * c;
        }
        String what = n + " " + t + " " + device + " " + direction + " at " + k;
        assertThat(actual[2 * (b * n + k)]).as(what).isCloseTo(re / 2, within(tolerance));
        assertThat(actual[2 * (b * n + k) + 1]).as(what).isCloseTo(im / 2, within(tolerance));
      }
    }
  }
}
