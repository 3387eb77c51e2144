package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the host is told of two tensors. */
@Timeout(30)
class ClosenessTest {

  @Test
  void allcloseHasTolerancesOfBothKinds() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.of(1.0, 1000.0);
      assertThat(a.allclose(Tensor.of(1.000001, 1000.001))).isTrue();
      assertThat(a.allclose(Tensor.of(1.0001, 1000.0))).isFalse();
      assertThat(a.allclose(Tensor.of(1.5, 1000.0), 0, 0.5, NanEquality.DIFFERENT)).isTrue();
      assertThat(a.allclose(Tensor.of(1.0, 1010.0), 0.01, 0, NanEquality.DIFFERENT)).isTrue();
      Tensor nan = Tensor.of(Double.NaN, Double.POSITIVE_INFINITY);
      assertThat(nan.allclose(nan)).isFalse();
      assertThat(nan.allclose(nan, 0, 0, NanEquality.EQUAL)).isTrue();
    }
  }

  @Test
  void equalComparesShapesAndElements() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.of(1L, 2, 3, 4);
      assertThat(a.equal(Tensor.of(1f, 2, 3, 4))).isTrue();
      assertThat(a.equal(a.view(2, 2))).isFalse();
      assertThat(a.equal(Tensor.of(1L, 2, 3, 5))).isFalse();
      Tensor nan = Tensor.of(Double.NaN);
      assertThat(nan.equal(nan)).isFalse();
      assertThat(Tensor.of(new float[0], Shape.of(0, 2)).equal(Tensor.zeros(Shape.of(0, 2))))
          .isTrue();
    }
  }

  @Test
  void errorsSayWhatToDo() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(1f, 2f);
      assertThatThrownBy(() -> x.bitwiseAnd(x))
          .isInstanceOf(DTypeException.class)
          .hasMessageContaining("bitwise_and: not defined on float32")
          .hasMessageContaining("to(dtype)");
      assertThatThrownBy(() -> x.isin(3).positive())
          .isInstanceOf(DTypeException.class)
          .hasMessageContaining("positive: not defined on bool");
      assertThatThrownBy(() -> x.clamp((Number) null, null)).hasMessageContaining("at least one");
    }
  }
}
