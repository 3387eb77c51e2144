package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Linalg;
import io.arclight.tensor.QrMode;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Derivatives that there are not are errors, and only where they are asked for. */
@Timeout(30)
class UndefinedDerivativeTest {

  @Test
  void ofTheOrderOfTheIncompleteGammaFunction() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.of(1.5).requiresGrad(true);
      Tensor x = Tensor.of(2.0).requiresGrad(true);
      assertThatThrownBy(() -> a.igamma(x).sum().backward())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("igamma: there is no derivative");
      a.detach().igamma(x).sum().backward();
      // x^(a - 1) e^-x / gamma(a)
      double density = Math.sqrt(2) * Math.exp(-2) / (Math.sqrt(Math.PI) / 2);
      assertThat(x.grad().item()).isCloseTo(density, org.assertj.core.api.Assertions.within(1e-14));
    }
  }

  /** Some columns of a complete Q, or all where only R is kept, are not determined by R. */
  @Test
  void ofDecompositionsThatLeaveOutOrAddColumns() {
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.of(1.0, 2, 3, 5, 8, 13).reshape(3, 2).requiresGrad(true);
      assertThatThrownBy(() -> Linalg.qr(a, QrMode.R).r().sum().backward())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("qr: mode R has no gradient: use mode REDUCED");
      assertThatThrownBy(() -> Linalg.qr(a, QrMode.COMPLETE).q().sum().backward())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("mode COMPLETE has no gradient for more rows than columns, [3, 2]");
      Linalg.qr(a.t(), QrMode.COMPLETE).q().sum().backward();
      assertThat(a.grad()).isNotNull();
    }
  }
}
