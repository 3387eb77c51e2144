package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LazyTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Sequential lazy() {
    return new Sequential(new LazyLinear(4), new ReLU(), new LazyLinear(2, Linear::noBias));
  }

  @Test
  void becomesALayerAtTheFirstCall() {
    Sequential model = lazy();
    assertThatThrownBy(model::parameters)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("LazyLinear(in_features=0, out_features=4) has no parameters yet");
    assertThatThrownBy(model::stateDict).hasMessageContaining("call the model once");
    assertThat(model.call(Tensor.ones(Shape.of(5, 3))).shape()).isEqualTo(Shape.of(5, 2));
    assertThat(model.namedParameters().keySet()).containsExactly("0.weight", "0.bias", "2.weight");
    assertThat(model.parameter("0.weight").shape()).isEqualTo(Shape.of(4, 3));
    assertThat(model.toString()).contains("(0): Linear(in_features=3, out_features=4");
  }

  @Test
  void keepsMovesAndModes() {
    Sequential model = lazy();
    model.to(DType.FLOAT64).eval();
    model.call(Tensor.ones(Shape.of(1, 3), DType.FLOAT64));
    assertThat(model.parameters()).allMatch(p -> p.dtype() == DType.FLOAT64);
    assertThat(((LazyLinear) model.get(0)).layer().isTraining()).isFalse();
    model.to(DType.FLOAT32);
    assertThat(model.call(Tensor.ones(Shape.of(1, 3))).dtype()).isEqualTo(DType.FLOAT32);
  }

  @Test
  void takesItsSizeFromAState() {
    Sequential from = lazy();
    Tensor x = Tensor.rand(Shape.of(5, 3));
    Tensor y = from.call(x);
    Sequential to = lazy();
    to.loadStateDict(from.stateDict());
    assertThat(to.call(x).toFloats()).isEqualTo(y.toFloats());
    assertThatThrownBy(() -> lazy().loadStateDict(new Linear(1, 1).stateDict()))
        .hasMessageContaining("no parameters yet");
  }

  private static void becomes(Layer lazy, Shape input, String before, String after) {
    assertThat(lazy.toString()).isEqualTo(before);
    lazy.call(Tensor.rand(input));
    assertThat(lazy.toString()).isEqualTo(after);
  }

  @Test
  void convolutionsAndNorms() {
    becomes(
        new LazyConv1d(4, 3),
        Shape.of(2, 3, 5),
        "LazyConv1d(0, 4, kernel_size=(3,))",
        new Conv1d(3, 4, 3).toString());
    becomes(
        new LazyConv3d(4, c -> c.padding(1).groups(2), 3),
        Shape.of(1, 2, 3, 3, 3),
        "LazyConv3d(0, 4, kernel_size=(3, 3, 3))",
        new Conv3d(2, 4, 3).padding(1).groups(2).toString());
    becomes(
        new LazyConvTranspose1d(4, 3),
        Shape.of(3, 5),
        "LazyConvTranspose1d(0, 4, kernel_size=(3,))",
        new ConvTranspose1d(3, 4, 3).toString());
    becomes(
        new LazyConvTranspose3d(4, 1),
        Shape.of(1, 2, 3, 3, 3),
        "LazyConvTranspose3d(0, 4, kernel_size=(1, 1, 1))",
        new ConvTranspose3d(2, 4, 1).toString());
    becomes(
        new LazyBatchNorm3d(),
        Shape.of(2, 3, 2, 2, 2),
        "LazyBatchNorm3d(0)",
        new BatchNorm3d(3).toString());
    becomes(
        new LazyInstanceNorm1d(InstanceNorm1d::affine),
        Shape.of(3, 5),
        "LazyInstanceNorm1d(0)",
        new InstanceNorm1d(3).affine().toString());
    becomes(
        new LazyInstanceNorm2d(),
        Shape.of(2, 3, 4, 4),
        "LazyInstanceNorm2d(0)",
        new InstanceNorm2d(3).toString());
    becomes(
        new LazyInstanceNorm3d(),
        Shape.of(1, 3, 2, 2, 2),
        "LazyInstanceNorm3d(0)",
        new InstanceNorm3d(3).toString());
    assertThatThrownBy(() -> new LazyConv2d(4, 3).call(Tensor.rand(Shape.of(2, 3))))
        .hasMessage("LazyConv2d: needs an input of 3 or 4 dimensions, got shape [2, 3]");
  }
}
