package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Context;
import io.arclight.tensor.Generator;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LayersTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
    Generator.standard().manualSeed(5);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void seedDecidesTheFirstWeights() {
    float[] first = new Linear(100, 50).weight().toFloats();
    Generator.standard().manualSeed(5);
    assertThat(new Linear(100, 50).weight().toFloats()).isEqualTo(first);
    float largest = 0;
    for (float w : first) {
      largest = Math.max(largest, Math.abs(w));
    }
    assertThat(largest).isBetween(0.099f, 0.1f);
  }

  @Test
  void linearOfMoreDimensions() {
    Linear layer = new Linear(3, 2);
    Tensor x = Tensor.rand(Shape.of(4, 5, 3));
    Tensor y = layer.call(x);
    assertThat(y.shape()).isEqualTo(Shape.of(4, 5, 2));
    float[] row = layer.call(x.select(0, 1)).toFloats();
    assertThat(y.select(0, 1).toFloats()).isEqualTo(row);
    assertThatThrownBy(() -> layer.call(Tensor.rand(Shape.of(4, 2))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("3 features")
        .hasMessageContaining("[4, 2]");
  }

  @Test
  void layerNormOverSeveralDimensions() {
    LayerNorm layer = new LayerNorm(2, 3);
    Tensor y = layer.call(Tensor.rand(Shape.of(4, 2, 3)));
    float[] row = y.select(0, 2).toFloats();
    double mean = 0;
    double square = 0;
    for (float v : row) {
      mean += v / 6;
      square += v * v / 6;
    }
    assertThat(mean).isCloseTo(0, within(1e-5));
    assertThat(square).isCloseTo(1, within(1e-2));
    assertThatThrownBy(() -> layer.call(Tensor.rand(Shape.of(4, 3))))
        .hasMessageContaining("[2, 3]");
  }

  @Test
  void dropoutIsKeyedBySample() {
    Dropout layer = new Dropout(0.5);
    Tensor whole = Tensor.ones(Shape.of(4, 100));
    Tensor half = Tensor.ones(Shape.of(2, 100));
    Tensor all = drop(layer, whole, 10, 11, 12, 13);
    Tensor part = drop(layer, half, 13, 11);
    assertThat(part.select(0, 0).toFloats()).isEqualTo(all.select(0, 3).toFloats());
    assertThat(part.select(0, 1).toFloats()).isEqualTo(all.select(0, 1).toFloats());
    assertThat(part.select(0, 0).toFloats()).isNotEqualTo(part.select(0, 1).toFloats());
    assertThat(all.mean().item()).isCloseTo(1, within(0.2));
  }

  private static Tensor drop(Dropout layer, Tensor x, long... ids) {
    try (Context.Restore keys =
        Context.current().sampleRandom(new SampleRandom(1, 2, Tensor.of(ids)))) {
      return layer.call(x);
    }
  }

  @Test
  void lossesByHand() {
    Tensor logits = Tensor.of(new float[] {1, 2, 3, 0, 0, 0}, Shape.of(2, 3));
    Tensor target = Tensor.of(2L, 0L);
    double first = Math.log(Math.exp(-2) + Math.exp(-1) + 1);
    double second = Math.log(3);
    assertThat(new CrossEntropyLoss().forward(logits, target).item())
        .isCloseTo((first + second) / 2, within(1e-6));
    assertThat(new CrossEntropyLoss(Reduction.SUM).forward(logits, target).item())
        .isCloseTo(first + second, within(1e-6));
    assertThat(new CrossEntropyLoss(Reduction.NONE).forward(logits, target).shape())
        .isEqualTo(Shape.of(2));
    assertThatThrownBy(() -> new CrossEntropyLoss().forward(logits, Tensor.of(2L, 3L)))
        .hasMessageContaining("3");

    Tensor a = Tensor.of(1f, -2f);
    Tensor b = Tensor.of(0f, 1f);
    assertThat(new MSELoss().forward(a, b).item()).isEqualTo(5);
    assertThat(new L1Loss().reduction(Reduction.SUM).forward(a, b).item()).isEqualTo(4);
    assertThatThrownBy(() -> new MSELoss().forward(a, b.reshape(2, 1)))
        .isInstanceOf(ShapeException.class);
  }

  @Test
  void binaryCrossEntropyIsStable() {
    Tensor logits = Tensor.of(200f, -200f, 200f, 0f).requiresGrad(true);
    Tensor target = Tensor.of(1f, 0f, 0f, 1f);
    Tensor losses = Functional.binaryCrossEntropyWithLogits(logits, target, Reduction.NONE);
    float[] values = losses.toFloats();
    assertThat(values[0]).isEqualTo(0);
    assertThat(values[1]).isEqualTo(0);
    assertThat(values[2]).isEqualTo(200);
    assertThat(values[3]).isCloseTo((float) Math.log(2), within(1e-6f));
    losses.sum().backward();
    assertThat(logits.grad().toFloats()).containsExactly(0f, 0f, 1f, -0.5f);
  }

  @Test
  void shapesOfTheOthers() {
    Tensor x = Tensor.randn(Shape.of(2, 3, 4));
    for (Layer layer :
        Arrays.asList(
            new ReLU(),
            new GELU(),
            new SiLU(),
            new Tanh(),
            new Sigmoid(),
            new LeakyReLU(),
            new ELU(),
            new Softplus(),
            new Softmax(-1),
            new LogSoftmax(-1),
            new Identity())) {
      assertThat(layer.call(x).shape()).as(layer.toString()).isEqualTo(x.shape());
    }
    assertThat(new Flatten().call(x).shape()).isEqualTo(Shape.of(2, 12));
    Embedding table = new Embedding(7, 5);
    Tensor ids = Tensor.of(new long[] {1, 6, 0, 1}, Shape.of(2, 2));
    assertThat(table.call(ids).shape()).isEqualTo(Shape.of(2, 2, 5));
  }
}
