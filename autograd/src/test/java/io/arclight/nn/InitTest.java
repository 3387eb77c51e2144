package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.nn.Init.Fan;
import io.arclight.nn.Init.Nonlinearity;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** First values by their moments and structure; gains are PyTorch's documented ones. */
@Timeout(60)
class InitTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
    Generator.standard().manualSeed(4);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor of(long... sizes) {
    return Tensor.full(Shape.of(sizes), Float.NaN);
  }

  private static void moments(Tensor x, double mean, double std) {
    assertThat(x.mean().item()).isCloseTo(mean, within(0.05 * std));
    assertThat(x.std().item()).isCloseTo(std, within(0.05 * std));
  }

  @Test
  void plainDistributions() {
    Tensor x = of(100, 100);
    assertThat(Init.uniform(x, 2, 4)).isSameAs(x);
    moments(x, 3, 2 / Math.sqrt(12));
    assertThat(x.min().item()).isGreaterThanOrEqualTo(2);
    assertThat(x.max().item()).isLessThan(4);
    moments(Init.normal(x, 1, 3), 1, 3);
    assertThat(Init.constant(of(2), 3).toFloats()).containsExactly(3, 3);
    assertThat(Init.ones(of(2)).toFloats()).containsExactly(1, 1);
    assertThat(Init.zeros(of(2)).toFloats()).containsExactly(0, 0);
    assertThat(Init.normal(Shape.of(2, 3), 0, 1).shape()).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void truncatedNormal() {
    Tensor x = Init.truncNormal(of(200, 100));
    // Of a standard normal cut at two deviations.
    moments(x, 0, 0.8796);
    assertThat(x.abs().max().item()).isLessThanOrEqualTo(2);
    Tensor shifted = Init.truncNormal(of(100, 100), 1, 2, 1, 9);
    assertThat(shifted.min().item()).isGreaterThanOrEqualTo(1);
    moments(shifted, 1 + 2 * Math.sqrt(2 / Math.PI), 2 * Math.sqrt(1 - 2 / Math.PI));
    assertThatThrownBy(() -> Init.truncNormal(of(2), 0, 1, 2, -2))
        .hasMessageContaining("2.0, -2.0");
  }

  @Test
  void fans() {
    moments(Init.xavierUniform(of(200, 50)), 0, Math.sqrt(2.0 / 250));
    moments(Init.xavierNormal(of(100, 20, 3, 3), 2), 0, 2 * Math.sqrt(2.0 / (9 * 120)));
    moments(Init.kaimingUniform(of(100, 200)), 0, Math.sqrt(2.0 / 200));
    moments(Init.kaimingNormal(of(200, 50, 3)), 0, Math.sqrt(2.0 / 150));
    moments(
        Init.kaimingUniform(of(100, 200), Math.sqrt(5), Fan.OUT, Nonlinearity.LEAKY_RELU),
        0,
        Math.sqrt(2.0 / 6 / 100));
    moments(
        Init.kaimingNormal(of(100, 200), 0, Fan.OUT, Nonlinearity.LINEAR), 0, Math.sqrt(1 / 100.0));
    assertThatThrownBy(() -> Init.xavierNormal(of(3)))
        .isInstanceOf(ShapeException.class)
        .hasMessage("xavierNormal: fans are those of weights [out, in, ...], got shape [3]");
  }

  @Test
  void gains() {
    assertThat(Init.calculateGain(Nonlinearity.LINEAR)).isEqualTo(1);
    assertThat(Init.calculateGain(Nonlinearity.SIGMOID)).isEqualTo(1);
    assertThat(Init.calculateGain(Nonlinearity.TANH)).isEqualTo(5.0 / 3);
    assertThat(Init.calculateGain(Nonlinearity.RELU)).isEqualTo(1.4142135623730951);
    assertThat(Init.calculateGain(Nonlinearity.LEAKY_RELU)).isEqualTo(1.4141428569978354);
    assertThat(Init.calculateGain(Nonlinearity.LEAKY_RELU, 0.2)).isEqualTo(1.3867504905630728);
    assertThat(Init.calculateGain(Nonlinearity.SELU)).isEqualTo(0.75);
  }

  @Test
  void identities() {
    assertThat(Init.eye(of(2, 3)).toFloats()).containsExactly(1, 0, 0, 0, 1, 0);
    float[] dirac = Init.dirac(of(2, 3, 3)).toFloats();
    float[] expected = new float[18];
    expected[1] = 1;
    expected[9 + 3 + 1] = 1;
    assertThat(dirac).isEqualTo(expected);
    float[] groups = Init.dirac(of(4, 2, 1), 2).toFloats();
    assertThat(groups).containsExactly(1, 0, 0, 1, 1, 0, 0, 1);
    assertThatThrownBy(() -> Init.dirac(of(3, 2, 1), 2)).hasMessageContaining("[3, 2, 1] and 2");
    assertThatThrownBy(() -> Init.eye(of(2))).hasMessageContaining("got shape [2]");
  }

  @Test
  void orthogonalRowsOrColumns() {
    for (long[] sizes : new long[][] {{4, 6}, {6, 4}, {5, 5}, {4, 2, 3}}) {
      Tensor x = Init.orthogonal(of(sizes), 2);
      Tensor flat = x.reshape(sizes[0], -1).to(DType.FLOAT64);
      boolean wide = flat.dim(0) <= flat.dim(1);
      Tensor product = wide ? flat.matmul(flat.t()) : flat.t().matmul(flat);
      Tensor expected = Tensor.eye(product.dim(0)).to(DType.FLOAT64).mul(4);
      assertThat(product.sub(expected).abs().max().item())
          .as(Arrays.toString(sizes))
          .isLessThan(1e-5);
    }
    assertThat(Init.orthogonal(of(0, 3)).elements()).isZero();
    assertThatThrownBy(() -> Init.orthogonal(of(3))).hasMessageContaining("[3]");
  }

  @Test
  void sparseColumns() {
    Tensor x = Init.sparse(of(10, 40), 0.25, 0.01);
    assertThat(x.eq(0).sum(0).toLongs()).containsOnly(3);
    assertThat(x.eq(0).sum(1).toLongs()).doesNotContain(40L);
    assertThat(x.std().item()).isCloseTo(0.01 * Math.sqrt(0.7), within(0.001));
    assertThatThrownBy(() -> Init.sparse(of(2, 2), 1.5, 1)).hasMessageContaining("not 1.5");
  }

  @Test
  void parametersStayLeavesOfTheirOwn() {
    Linear layer = new Linear(3, 3);
    Tensor weight = layer.weight();
    assertThat(Init.kaimingNormal(weight)).isSameAs(weight);
    assertThat(weight.isLeaf()).isTrue();
    assertThat(weight.requiresGrad()).isTrue();
    Init.eye(weight);
    Init.zeros(layer.bias());
    Tensor x = Tensor.of(1f, 2f, 3f);
    assertThat(layer.call(x.reshape(1, 3)).toFloats()).containsExactly(1, 2, 3);
    Tensor wide = Tensor.zeros(Shape.of(4, 4), DType.FLOAT64, Device.CPU);
    assertThat(Init.orthogonal(wide).dtype()).isEqualTo(DType.FLOAT64);
  }
}
