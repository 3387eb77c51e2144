package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Generator;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random activations and dropouts, printing, and errors. */
@Timeout(60)
class ActivationsTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
    Generator.standard().manualSeed(3);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void printedAsInPyTorch() {
    assertThat(new ReLU()).hasToString("ReLU()");
    assertThat(new ReLU().inPlace()).hasToString("ReLU(inplace=True)");
    assertThat(new LeakyReLU(0.1).inPlace())
        .hasToString("LeakyReLU(negative_slope=0.1, inplace=True)");
    assertThat(new PReLU(3)).hasToString("PReLU(num_parameters=3)");
    assertThat(new RReLU()).hasToString("RReLU(lower=0.125, upper=0.3333333333333333)");
    assertThat(new CELU()).hasToString("CELU(alpha=1.0)");
    assertThat(new GELU(GELU.Approximate.TANH)).hasToString("GELU(approximate='tanh')");
    assertThat(new GLU()).hasToString("GLU(dim=-1)");
    assertThat(new Softplus()).hasToString("Softplus(beta=1.0, threshold=20.0)");
    assertThat(new Softshrink()).hasToString("Softshrink(0.5)");
    assertThat(new Hardtanh()).hasToString("Hardtanh(min_val=-1.0, max_val=1.0)");
    assertThat(new Threshold(1, 2)).hasToString("Threshold(threshold=1.0, value=2.0)");
    assertThat(new Dropout2d(0.2).inPlace()).hasToString("Dropout2d(p=0.2, inplace=True)");
  }

  @Test
  void randomSlopes() {
    Tensor x = Tensor.full(Shape.of(1000), -2f);
    Tensor y = new RReLU(0.1, 0.3).call(x);
    assertThat(y.max().item()).isBetween(-0.21, -0.2);
    assertThat(y.min().item()).isBetween(-0.6, -0.59);
    assertThat(y.mean().item()).isCloseTo(-0.4, within(0.02));
    assertThat(new RReLU().call(Tensor.of(1f, 3f)).toFloats()).containsExactly(1, 3);

    Tensor leaf = Tensor.of(-1f, -1f, 2f).requiresGrad(true);
    Tensor out = new RReLU().inPlace().call(leaf.mul(1));
    out.sum().backward();
    float[] slopes = leaf.grad().toFloats();
    assertThat(slopes[0]).isEqualTo(-out.toFloats()[0]);
    assertThat(slopes[2]).isEqualTo(1);
  }

  @Test
  void channelsAreDroppedWhole() {
    Map<DropoutLayer, Shape> layers =
        Map.of(
            new Dropout1d(), Shape.of(40, 30, 5),
            new Dropout2d(), Shape.of(40, 30, 2, 3),
            new Dropout3d(), Shape.of(40, 30, 2, 1, 3));
    layers.forEach(
        (layer, shape) -> {
          Tensor y = layer.call(Tensor.ones(shape)).reshape(1200, -1);
          assertThat(y.amax(1).toFloats())
              .as(layer.toString())
              .isEqualTo(y.amin(1).toFloats())
              .containsOnly(0, 2);
          assertThat(y.mean().item()).as(layer.toString()).isCloseTo(1, within(0.1));
        });
    assertThat(new Dropout1d().call(Tensor.ones(Shape.of(20, 5))).select(1, 0).toFloats())
        .contains(0, 2);
    assertThat(new Dropout3d().call(Tensor.ones(Shape.of(20, 2, 2, 2))).shape())
        .isEqualTo(Shape.of(20, 2, 2, 2));
    assertThatThrownBy(() -> new Dropout2d().call(Tensor.ones(Shape.of(2, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[n, c, h, w]")
        .hasMessageContaining("[2, 3]");
  }

  @Test
  void alphaDropoutKeepsMeanAndVariance() {
    Tensor x = Tensor.randn(Shape.of(400, 100));
    for (Layer layer : new Layer[] {new AlphaDropout(0.3), new FeatureAlphaDropout(0.3)}) {
      Tensor y = layer.call(x);
      assertThat(y.mean().item()).as(layer.toString()).isCloseTo(0, within(0.03));
      assertThat(y.std().item()).as(layer.toString()).isCloseTo(1, within(0.03));
    }
    Tensor images = new FeatureAlphaDropout().call(Tensor.ones(Shape.of(10, 8, 4)));
    assertThat(images.amax(2).toFloats()).isEqualTo(images.amin(2).toFloats());
  }

  @Test
  void extremesOfDropout() {
    Tensor x = Tensor.of(1f, -2f);
    for (DropoutLayer layer : new DropoutLayer[] {new Dropout(1), new AlphaDropout(1)}) {
      assertThat(layer.call(x).toFloats()).containsExactly(0f, -0f);
    }
    assertThat(new Dropout(0).call(x).toFloats()).containsExactly(1, -2);
    assertThatThrownBy(() -> new Dropout3d(1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Dropout3d: p must be from 0 to 1, not 1.5");
    Tensor over = Tensor.ones(Shape.of(100));
    assertThat(new Dropout().inPlace().call(over)).isSameAs(over);
    assertThat(over.toFloats()).contains(0, 2);
  }

  @Test
  void drawsAreKeyedBySample() {
    keyed(new Dropout2d()::call, 30, 2, 2);
    keyed(new FeatureAlphaDropout()::call, 30, 2);
    keyed(new AlphaDropout()::call, 50);
    keyed(x -> new RReLU().call(x.neg()), 50);
    keyed(x -> Functional.gumbelSoftmax(x, 1, -1, GumbelSample.SOFT), 50);
  }

  /** A row's draw follows its sample, wherever it stands. */
  private static void keyed(UnaryOperator<Tensor> layer, long... row) {
    Tensor all = draw(layer, row, 10, 11, 12, 13);
    Tensor part = draw(layer, row, 13, 11);
    assertThat(part.select(0, 0).toFloats()).isEqualTo(all.select(0, 3).toFloats());
    assertThat(part.select(0, 1).toFloats()).isEqualTo(all.select(0, 1).toFloats());
    assertThat(part.select(0, 0).toFloats()).isNotEqualTo(part.select(0, 1).toFloats());
  }

  private static Tensor draw(UnaryOperator<Tensor> layer, long[] row, long... ids) {
    long[] sizes = new long[row.length + 1];
    sizes[0] = ids.length;
    System.arraycopy(row, 0, sizes, 1, row.length);
    try (Context.Restore keys =
        Context.current().sampleRandom(new SampleRandom(1, 2, Tensor.of(ids)))) {
      return layer.apply(Tensor.ones(Shape.of(sizes)));
    }
  }

  @Test
  void gumbelSoftmaxSamplesCategories() {
    Tensor logits = Tensor.of(0.1, 0.6, 0.3).log().expand(Shape.of(4000, 3)).contiguous();
    Tensor hard = Functional.gumbelSoftmax(logits, 1, -1, GumbelSample.HARD);
    double[] share = hard.mean(0).toDoubles();
    assertThat(share[0]).isCloseTo(0.1, within(0.03));
    assertThat(share[1]).isCloseTo(0.6, within(0.03));
    Tensor wanting = logits.detach().requiresGrad(true);
    Tensor sample = Functional.gumbelSoftmax(wanting, 0.5, 1, GumbelSample.HARD);
    sample.select(1, 0).sum().backward();
    assertThat(wanting.grad().abs().sum().item()).isGreaterThan(0);
    Tensor soft = Functional.gumbelSoftmax(logits, 0.5, 1, GumbelSample.SOFT);
    assertThat(soft.sum(1).sub(1).abs().max().item()).isLessThan(1e-6);
  }

  @Test
  void wrongArguments() {
    assertThatThrownBy(() -> new GLU().call(Tensor.ones(Shape.of(2, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[2, 3]");
    assertThatThrownBy(() -> new Hardtanh(1, -1)).hasMessageContaining("1.0, -1.0");
    assertThatThrownBy(() -> new Softshrink(-1)).hasMessageContaining("not -1.0");
    assertThatThrownBy(() -> new CELU(0)).hasMessageContaining("alpha cannot be 0");
    assertThatThrownBy(() -> new RReLU(0.5, 0.1)).hasMessageContaining("0.5, 0.1");
    assertThatThrownBy(() -> new PReLU(3).call(Tensor.ones(Shape.of(2, 4))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[1] or [4]");
    assertThatThrownBy(() -> new PReLU().call(Tensor.ones(Shape.of(2)).to(DType.FLOAT64)))
        .isInstanceOf(DTypeException.class);
    assertThatThrownBy(() -> new Softmax2d().call(Tensor.ones(Shape.of(2, 4))))
        .isInstanceOf(ShapeException.class);
  }

  @Test
  void halvesAndNumbers() {
    Tensor x = Tensor.of(-1f, 2f).to(DType.BFLOAT16);
    assertThat(new SELU().call(x).dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(new Mish().call(Tensor.of(1f).select(0, 0)).shape()).isEqualTo(Shape.SCALAR);
    assertThat(new PReLU().call(Tensor.of(-1f).select(0, 0)).item()).isEqualTo(-0.25);
    assertThat(Functional.softmax(x, 0, DType.FLOAT32).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Functional.logSoftmax(x, 0, DType.FLOAT64).dtype()).isEqualTo(DType.FLOAT64);
  }

  @Test
  void adaptiveLogSoftmaxOfWrongThings() {
    assertThatThrownBy(() -> new AdaptiveLogSoftmaxWithLoss(8, 10, 4, 4))
        .hasMessageContaining("cutoffs must ascend from 1 to 9, got [4, 4]");
    assertThatThrownBy(() -> new AdaptiveLogSoftmaxWithLoss(8, 10))
        .hasMessageContaining("at least one cutoff");
    AdaptiveLogSoftmaxWithLoss layer = new AdaptiveLogSoftmaxWithLoss(8, 10, 4);
    Tensor x = Tensor.ones(Shape.of(2, 8));
    assertThatThrownBy(() -> layer.call(x, Tensor.of(0L, 10L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("classes from 0 to 9, got some from 0 to 10");
    assertThatThrownBy(() -> layer.call(x, Tensor.of(0L)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[2, 8] and [1]");
    assertThat(layer.logProb(x).exp().sum(1).sub(1).abs().max().item()).isLessThan(1e-6);
    assertThat(layer)
        .hasToString(
            """
            AdaptiveLogSoftmaxWithLoss(
              (head): Linear(in_features=8, out_features=5, bias=False)
              (tail): ModuleList(
                (0): Sequential(
                  (0): Linear(in_features=8, out_features=2, bias=False)
                  (1): Linear(in_features=2, out_features=6, bias=False)
                )
              )
            )""");
  }
}
