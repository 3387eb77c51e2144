package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What samples beside the operations do not show. */
@Timeout(60)
class LinalgTest {

  private static Tensor random(long... shape) {
    return new Generator(3).normal(Shape.of(shape), DType.FLOAT64, Device.CPU);
  }

  private static double largest(Tensor t) {
    return t.abs().max().item();
  }

  @Test
  void lobpcgFindsWhatEighFinds() {
    try (Scope scope = Scope.open()) {
      Tensor x = random(2, 24, 24);
      Tensor a = x.matmul(x.transpose(-2, -1)).add(Tensor.eye(24));
      for (Lobpcg.End end : Lobpcg.End.values()) {
        Lobpcg found = Linalg.lobpcg(a, 3, Lobpcg.Options.standard().end(end).tolerance(1e-10));
        Tensor all = Linalg.eigvalsh(a);
        Tensor expected =
            end == Lobpcg.End.SMALLEST ? all.narrow(-1, 0, 3) : all.narrow(-1, 21, 3).flip(-1);
        assertThat(largest(found.values().sub(expected))).as(end.toString()).isLessThan(1e-7);
        Tensor rest =
            a.matmul(found.vectors()).sub(found.vectors().mul(found.values().unsqueeze(-2)));
        assertThat(largest(rest)).as(end + " residuals").isLessThan(1e-5);
      }
    }
  }

  @Test
  void lobpcgWithMetric() {
    try (Scope scope = Scope.open()) {
      Tensor x = random(15, 15);
      Tensor a = x.matmul(x.t());
      Tensor b = Tensor.eye(15).to(DType.FLOAT64).mul(2);
      Lobpcg found = Linalg.lobpcg(a, 2, Lobpcg.Options.standard().metric(b).tolerance(1e-10));
      Tensor expected = Linalg.eigvalsh(a).narrow(0, 13, 2).flip(0).div(2);
      assertThat(largest(found.values().sub(expected))).isLessThan(1e-7);
    }
  }

  @Test
  void theOtherTriangleIsNotRead() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.of(new double[] {4, Double.NaN, 1, 3}, Shape.of(2, 2));
      assertThat(Linalg.eigvalsh(a).toDoubles()[0])
          .isCloseTo((7 - Math.sqrt(5)) / 2, within(1e-12));
      assertThat(Linalg.cholesky(a).toDoubles()).doesNotContain(Double.NaN);
      assertThatThrownBy(() -> Linalg.eigvalsh(a, Triangle.UPPER))
          .isInstanceOf(LinAlgException.class)
          .hasMessageContaining("not finite");
    }
  }

  @Test
  void failuresAreReportedByMatrix() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.stack(0, Tensor.eye(3), Tensor.zeros(Shape.of(3, 3)));
      assertThat(Linalg.invEx(a).info().toLongs()).containsExactly(0, 1);
      assertThat(Linalg.choleskyEx(a, Triangle.LOWER).info().toLongs()).containsExactly(0, 1);
      assertThat(Linalg.cond(a, 1).toDoubles()).containsExactly(1, Double.POSITIVE_INFINITY);
    }
  }

  @Test
  void leastSquaresSayTheirRank() {
    try (Scope scope = Scope.open()) {
      Tensor a = random(5, 1).mul(random(1, 3).add(1));
      Lstsq x = Linalg.lstsq(a, random(5), Lstsq.Driver.GELSD);
      assertThat(x.rank().item()).isEqualTo(1);
      assertThat(x.residuals().elements()).isZero();
      assertThat(x.singularValues().shape()).isEqualTo(Shape.of(3));
      assertThat(Linalg.lstsq(a, random(5)).rank().item()).isEqualTo(1);
    }
  }

  @Test
  void betaZeroDoesNotReadTheInput() {
    try (Scope scope = Scope.open()) {
      Tensor nan = Tensor.full(Shape.of(2, 2), Float.NaN);
      Tensor eye = Tensor.eye(2);
      assertThat(nan.addmm(eye, eye, 0, 1).toFloats()).containsExactly(1, 0, 0, 1);
      assertThat(nan.addr(Tensor.of(1f, 2f), Tensor.of(1f, 0f), 0, 1).toFloats())
          .containsExactly(1, 0, 2, 0);
    }
  }
}
