package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradOptions;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Losses beyond their values: means over several batches, runs of rows, errors. */
@Timeout(60)
class LossesTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
    Generator.standard().manualSeed(6);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor rows() {
    return Tensor.randn(Shape.of(6, 4));
  }

  /** Sums of parts over the sum of their divisors are the mean of the whole. */
  @Test
  void divisorsJoinMeans() {
    Tensor x = rows();
    Tensor classes = Tensor.of(0L, 3L, -100L, 1L, 1L, 2L);
    Tensor shares = rows().softmax(1);
    Tensor bits = rows().gt(0).to(DType.FLOAT32);
    Tensor weight = Tensor.of(0.5f, 2f, 0.25f, 1.5f);
    joins(new CrossEntropyLoss(), x, classes);
    joins(new CrossEntropyLoss().weight(weight).labelSmoothing(0.2), x, classes);
    joins(new CrossEntropyLoss().ignoreIndex(1), x, classes.maskedFill(classes.lt(0), 1));
    joins(new CrossEntropyLoss(), x, shares);
    joins(new NLLLoss().weight(weight), x.logSoftmax(1), classes);
    for (Loss loss :
        List.of(
            new BCEWithLogitsLoss().weight(weight),
            new MSELoss(),
            new L1Loss(),
            new SmoothL1Loss(),
            new HuberLoss(),
            new PoissonNLLLoss(),
            new HingeEmbeddingLoss(),
            new SoftMarginLoss(),
            new MultiLabelSoftMarginLoss())) {
      joins(loss, x, bits);
    }
    joins(new KLDivLoss(), x.logSoftmax(1), shares);
    joins(new KLDivLoss().batchMean(), x.logSoftmax(1), shares);
    joins(new BCELoss(), x.sigmoid(), bits);
    joins(new MultiMarginLoss(), x, classes.clamp(0, null));
    joins(
        new MultiLabelMarginLoss(), x, classes.unsqueeze(1).expand(Shape.of(6, 4)).clamp(-1, null));
  }

  private static void joins(Loss loss, Tensor x, Tensor target) {
    Loss sum = loss.reduction(Reduction.SUM);
    double total = 0;
    double divisor = 0;
    for (long[] part : new long[][] {{0, 2}, {2, 4}}) {
      Tensor a = x.narrow(0, part[0], part[1]);
      Tensor b = target.narrow(0, part[0], part[1]);
      total += sum.forward(a, b).item();
      divisor += loss.divisor(a, b);
    }
    double mean = loss.reduction(Reduction.MEAN).forward(x, target).item();
    assertThat(total / divisor).as(loss.toString()).isCloseTo(mean, within(1e-5));
  }

  @Test
  void meansOfNothingAreNaN() {
    Tensor none = Tensor.zeros(Shape.of(0, 4));
    Tensor classes = Tensor.zeros(Shape.of(0), DType.INT64);
    assertThat(new CrossEntropyLoss().forward(none, classes).item()).isNaN();
    assertThat(new CrossEntropyLoss(Reduction.SUM).forward(none, classes).item()).isZero();
    Tensor ignored = Tensor.of(-100L, -100L);
    Tensor x = rows().narrow(0, 0, 2).requiresGrad(true);
    assertThat(new CrossEntropyLoss().forward(x, ignored).item()).isNaN();
    Tensor sum = new CrossEntropyLoss(Reduction.SUM).forward(x, ignored);
    assertThat(sum.item()).isZero();
    sum.backward();
    assertThat(x.grad().abs().toFloats()).containsOnly(0f);
    assertThat(new MSELoss().forward(none, none).item()).isNaN();
  }

  @Test
  void halves() {
    for (DType dtype : List.of(DType.FLOAT16, DType.BFLOAT16)) {
      Tensor x = rows().to(dtype);
      Tensor loss = new CrossEntropyLoss().forward(x, Tensor.of(0L, 1L, 2L, 3L, 0L, 1L));
      assertThat(loss.dtype()).isEqualTo(dtype);
      double wide =
          new CrossEntropyLoss()
              .forward(x.to(DType.FLOAT64), Tensor.of(0L, 1L, 2L, 3L, 0L, 1L))
              .item();
      assertThat(loss.item()).isCloseTo(wide, within(0.02));
    }
  }

  /** As many rows at once as any number of logits allows: the same losses and gradients. */
  @Test
  void linearCrossEntropyInRuns() {
    Tensor target = Tensor.of(0L, 3L, 8L, 1L, -100L, 2L);
    float[][] whole = linear(target, 1 << 20);
    for (long most : new long[] {1, 18, 27, 54}) {
      float[][] runs = linear(target, most);
      for (int i = 0; i < whole.length; i++) {
        assertThat(runs[i]).as("%d, of %d logits", i, most).hasSameSizeAs(whole[i]);
        for (int k = 0; k < whole[i].length; k++) {
          assertThat(runs[i][k]).isCloseTo(whole[i][k], within(1e-5f));
        }
      }
    }
  }

  private static float[][] linear(Tensor target, long most) {
    Generator.standard().manualSeed(9);
    Tensor x = rows().requiresGrad(true);
    Tensor weight = Tensor.randn(Shape.of(9, 4)).requiresGrad(true);
    Tensor bias = Tensor.randn(Shape.of(9)).requiresGrad(true);
    Tensor loss =
        ProjectedLossFunctions.linearCrossEntropy(
            x, weight, target, bias, null, -100, 0.1, Reduction.MEAN, most);
    loss.backward();
    return new float[][] {
      {(float) loss.item()}, x.grad().toFloats(), weight.grad().toFloats(), bias.grad().toFloats()
    };
  }

  @Test
  void linearCrossEntropyHasNoLogitsLeft() {
    Tensor x = Tensor.randn(Shape.of(300, 4)).requiresGrad(true);
    Tensor weight = Tensor.randn(Shape.of(1000, 4));
    Tensor target = Tensor.zeros(Shape.of(300), DType.INT64);
    Tensor loss =
        ProjectedLossFunctions.linearCrossEntropy(
            x, weight, target, null, null, -100, 0, Reduction.MEAN, 10_000);
    loss.backward();
    Tensor direct = x.detach().requiresGrad(true);
    Functional.crossEntropy(direct.matmul(weight.t()), target).backward();
    assertThat(x.grad().sub(direct.grad()).abs().max().item()).isLessThan(1e-6);
    assertThatThrownBy(() -> Functional.linearCrossEntropy(x, weight, target.narrow(0, 0, 2)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("targets of shape [2] do not fit 300 rows");
    assertThatThrownBy(() -> Functional.linearCrossEntropy(weight, x.t(), target))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[1000, 4] and [4, 300]");
    assertThat(LinearCrossEntropyLoss.withBias(5, 10, 4, 3))
        .hasToString(
            "LinearCrossEntropyLoss(in_features=5, num_classes=10, out_features=[4, 3], bias=True,"
                + " reduction=MEAN, ignore_index=-100, label_smoothing=0.0\n"
                + "  (linear): Linear(in_features=5, out_features=120, bias=True)\n"
                + ")");
  }

  @Test
  void shapesMustBeTheSame() {
    Tensor x = rows();
    Tensor other = Tensor.ones(Shape.of(6, 1));
    for (Loss loss :
        List.of(
            new MSELoss(),
            new BCELoss(),
            new BCEWithLogitsLoss(),
            new KLDivLoss(),
            new PoissonNLLLoss(),
            new HingeEmbeddingLoss(),
            new SoftMarginLoss(),
            new MultiLabelSoftMarginLoss())) {
      assertThatThrownBy(() -> loss.forward(x, other))
          .as(loss.toString())
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("[6, 4]")
          .hasMessageContaining("[6, 1]")
          .hasMessageContaining("broadcasting here is nearly always a mistake");
    }
    for (TripleLoss loss : List.of(new MarginRankingLoss(), new TripletMarginLoss())) {
      assertThatThrownBy(() -> loss.forward(x, other, x)).isInstanceOf(ShapeException.class);
    }
  }

  @Test
  void wrongTargets() {
    Tensor x = rows();
    assertThatThrownBy(() -> new CrossEntropyLoss().forward(x, Tensor.of(0L, 1L, 2L, 4L, 0L, 0L)))
        .isInstanceOf(DataException.class)
        .hasMessage("crossEntropy: target 4 is not a class (4 classes), at position [3]");
    assertThatThrownBy(() -> new NLLLoss().forward(x, Tensor.of(0L, 1L, -2L, 3L, 0L, 0L)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nllLoss: target -2 is not a class");
    assertThatThrownBy(() -> new CrossEntropyLoss().forward(x, Tensor.of(0, 1, 2, 3, 0, 0)))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("classes must be int64");
    assertThatThrownBy(
            () ->
                new CrossEntropyLoss()
                    .weight(Tensor.of(1f, 2f))
                    .forward(x, Tensor.of(0L, 1L, 2L, 3L, 0L, 0L)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("a weight for each of the 4 classes, got shape [2]");
    assertThatThrownBy(() -> new BCELoss().forward(x, x))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("invalid probability");
    assertThatThrownBy(() -> new GaussianNLLLoss().forward(x, x, x))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("outside the domain");
    assertThatThrownBy(() -> new GaussianNLLLoss().forward(x, x, Tensor.ones(Shape.of(4))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("neither one for each element nor for each row");
    assertThatThrownBy(() -> new MultiMarginLoss().forward(x, Tensor.of(0L, 1L, 2L, 3L, 4L, 0L)))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new BCEWithLogitsLoss().posWeight(Tensor.of(1f, 2f)).forward(x, x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[2] does not broadcast to [6, 4]");
    Tensor wanting = Tensor.ones(Shape.of(4)).requiresGrad(true);
    assertThatThrownBy(
            () ->
                Functional.crossEntropy(
                    x, Tensor.of(0L, 1L, 2L, 3L, 0L, 0L), wanting, -100, 0, Reduction.MEAN))
        .hasMessageContaining("take no gradient");
  }

  @Test
  void wrongOptions() {
    Tensor x = rows();
    assertThatThrownBy(() -> new SmoothL1Loss().beta(-1).forward(x, x))
        .hasMessageContaining("not -1.0");
    assertThatThrownBy(() -> new HuberLoss().delta(0).forward(x, x))
        .hasMessageContaining("not 0.0");
    assertThatThrownBy(() -> new MultiMarginLoss().p(3).forward(x, Tensor.of(0L)))
        .hasMessageContaining("p must be 1 or 2, not 3");
    assertThatThrownBy(
            () ->
                new CrossEntropyLoss()
                    .labelSmoothing(1.5)
                    .forward(x, Tensor.of(0L, 1L, 2L, 3L, 0L, 0L)))
        .hasMessageContaining("from 0 to 1, not 1.5");
    assertThatThrownBy(() -> new TripletMarginLoss().margin(0).forward(x, x, x))
        .hasMessageContaining("the margin must be positive");
  }

  @Test
  void secondDerivatives() {
    Tensor x = Tensor.zeros(Shape.of(1)).requiresGrad(true);
    Tensor target = Tensor.ones(Shape.of(1));
    Tensor loss = new BCEWithLogitsLoss().forward(x, target);
    GradOptions create = GradOptions.standard().graph(GraphUse.CREATE);
    Tensor first = Autograd.grad(List.of(loss), List.of(x), create)[0];
    first.sum().backward();
    assertThat(x.grad().item()).isEqualTo(0.25);
  }
}
