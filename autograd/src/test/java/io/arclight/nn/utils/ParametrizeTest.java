package io.arclight.nn.utils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.nn.Functional;
import io.arclight.nn.Linear;
import io.arclight.nn.Sequential;
import io.arclight.optim.SGD;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParametrizeTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static final class Symmetric extends Parametrization {
    private final AtomicInteger computed = new AtomicInteger();

    @Override
    public Tensor forward(Tensor... in) {
      computed.incrementAndGet();
      return in[0].triu().add(in[0].triu(1).t());
    }
  }

  private static final class Twice extends Parametrization {
    @Override
    public Tensor forward(Tensor... in) {
      return in[0].mul(2);
    }

    @Override
    public Tensor[] rightInverse(Tensor value) {
      return new Tensor[] {value.div(2)};
    }
  }

  private static final class Wider extends Parametrization {
    @Override
    public Tensor forward(Tensor... in) {
      return Tensor.cat(0, in[0], in[0]);
    }
  }

  private static boolean symmetric(Tensor x) {
    return x.sub(x.t()).abs().sum().item() == 0;
  }

  @Test
  void computesBeforeEveryCall() {
    Linear layer = new Linear(3, 3);
    Tensor weight = layer.weight();
    Parametrize.registerParametrization(layer, "weight", new Symmetric());
    assertThat(Parametrize.isParametrized(layer)).isTrue();
    assertThat(Parametrize.isParametrized(layer, "bias")).isFalse();
    assertThat(layer.namedParameters().keySet())
        .containsExactly("bias", "parametrizations.weight.original");
    assertThat(layer.parameter("parametrizations.weight.original")).isSameAs(weight);
    assertThat(symmetric(layer.weight())).isTrue();
    SGD optimizer = new SGD(layer.parameters(), 0.5);
    for (int i = 0; i < 3; i++) {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        layer.call(Tensor.rand(Shape.of(4, 3))).square().sum().backward();
        optimizer.step();
      }
    }
    layer.call(Tensor.ones(Shape.of(1, 3)));
    assertThat(symmetric(layer.weight())).isTrue();
    assertThat(symmetric(weight)).isFalse();
    Parametrize.removeParametrizations(layer, "weight", Parametrize.Leave.PARAMETRIZED);
    assertThat(layer.weight()).isSameAs(weight);
    assertThat(symmetric(weight)).isTrue();
    assertThat(layer.namedParameters().keySet()).containsExactly("bias", "weight");
    assertThat(Parametrize.isParametrized(layer)).isFalse();
    layer.call(Tensor.ones(Shape.of(1, 3)));
  }

  @Test
  void oneOnTopOfAnother() {
    Linear layer = new Linear(2, 2);
    float[] before = layer.weight().toFloats();
    Parametrize.registerParametrization(layer, "weight", new Twice());
    assertThat(layer.weight().toFloats()).isEqualTo(before);
    Parametrize.registerParametrization(layer, "weight", new Symmetric());
    assertThat(symmetric(layer.weight())).isTrue();
    Parametrize.assign(layer, "weight", Tensor.eye(2).mul(3));
    assertThat(layer.weight().toFloats()).containsExactly(3, 0, 0, 3);
    assertThat(layer.parameter("parametrizations.weight.original").toFloats())
        .containsExactly(1.5f, 0, 0, 1.5f);
    Parametrize.removeParametrizations(layer, "weight", Parametrize.Leave.ORIGINAL);
    assertThat(layer.weight().toFloats()).containsExactly(1.5f, 0, 0, 1.5f);
    assertThatThrownBy(
            () ->
                Parametrize.removeParametrizations(
                    Parametrizations.weightNorm(layer), "weight", Parametrize.Leave.ORIGINAL))
        .hasMessageContaining("2 originals");
  }

  @Test
  void cachesWhereAsked() {
    Linear layer = new Linear(2, 2);
    Symmetric rule = new Symmetric();
    Parametrize.registerParametrization(layer, "weight", rule);
    Tensor x = Tensor.ones(Shape.of(1, 2));
    int before = rule.computed.get();
    try (Context.Restore cached = Parametrize.cached();
        Context.Restore again = Parametrize.cached()) {
      layer.call(layer.call(x)).sum().backward();
    }
    assertThat(rule.computed.get()).isEqualTo(before + 1);
    layer.call(layer.call(x));
    assertThat(rule.computed.get()).isEqualTo(before + 3);
    assertThat(layer.parameter("parametrizations.weight.original").grad()).isNotNull();
  }

  @Test
  void refusesWhatDoesNotFit() {
    Linear layer = new Linear(2, 2);
    assertThatThrownBy(() -> Parametrize.registerParametrization(layer, "weight", new Wider()))
        .hasMessage(
            "a Wider makes float32 [4, 2] of the parameter \"weight\", which is float32 [2, 2]: it"
                + " must keep dtype and shape");
    assertThatThrownBy(() -> Parametrizations.weightNorm(layer, "gain", 0))
        .hasMessageContaining("no parameter \"gain\"");
    assertThatThrownBy(() -> Parametrizations.weightNorm(layer, "weight", 2))
        .isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> Parametrize.assign(layer, "weight", layer.weight()))
        .hasMessageContaining("no parametrization of \"weight\"");
    assertThat(layer.namedParameters().keySet()).containsExactly("weight", "bias");
  }

  @Test
  void orthogonalStartsAtItself() {
    Tensor q = Linalg.qr(Tensor.rand(Shape.of(4, 4))).q();
    Linear layer = new Linear(4, 4);
    layer.weight().detach().copyInPlace(q);
    Parametrizations.orthogonal(layer);
    near(layer.weight(), q);
    Linear tall =
        Parametrizations.orthogonal(
            new Linear(3, 5),
            "weight",
            Orthogonal.Map.HOUSEHOLDER,
            Orthogonal.Trivialization.UNUSED);
    near(tall.weight().t().matmul(tall.weight()), Tensor.eye(3));
    Tensor other = q.narrow(1, 0, 3);
    Linear square = new Linear(3, 4);
    square.weight().detach().copyInPlace(other);
    Parametrizations.orthogonal(
        square, "weight", Orthogonal.Map.HOUSEHOLDER, Orthogonal.Trivialization.UNUSED);
    near(square.weight(), other);
    Linear plain =
        Parametrizations.orthogonal(
            new Linear(3, 3), "weight", Orthogonal.Map.CAYLEY, Orthogonal.Trivialization.UNUSED);
    near(plain.weight().t().matmul(plain.weight()), Tensor.eye(3));
    assertThatThrownBy(() -> Parametrize.assign(plain, "weight", Tensor.eye(3)))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("CAYLEY");
  }

  private static void near(Tensor actual, Tensor expected) {
    assertThat(actual.sub(expected).abs().max().item()).isCloseTo(0, within(1e-5));
  }

  @Test
  void spectralNormBoundsTheLargestSingularValue() {
    Linear layer = Parametrizations.spectralNorm(new Linear(4, 4));
    Tensor x = Tensor.rand(Shape.of(2, 4));
    for (int i = 0; i < 50; i++) {
      layer.call(x);
    }
    assertThat(Linalg.matrixNorm(layer.weight(), 2).item()).isCloseTo(1, within(1e-4));
    layer.to(DType.FLOAT64).eval();
    layer.call(x.to(DType.FLOAT64));
    assertThat(layer.weight().dtype()).isEqualTo(DType.FLOAT64);
  }

  @Test
  void functionalCallsReachOriginals() {
    Linear layer = Parametrizations.weightNorm(new Linear(2, 1).noBias());
    Tensor x = Tensor.of(1f, 2f).reshape(1, 2);
    Tensor y =
        Functional.functionalCall(
            layer,
            Map.of(
                "parametrizations.weight.original0", Tensor.of(5f).reshape(1, 1),
                "parametrizations.weight.original1", Tensor.of(3f, 4f).reshape(1, 2)),
            x);
    assertThat(y.item()).isCloseTo(11, within(1e-5));
  }

  @Test
  void pruning() {
    Sequential model = new Sequential(new Linear(10, 10));
    Prune.randomUnstructured(model.get(0), "weight", Prune.Amount.share(0.5));
    Prune.randomStructured(model.get(0), "weight", Prune.Amount.count(4), -1);
    assertThat(Prune.isPruned(model)).isTrue();
    Tensor mask = model.buffer("0.weight_mask");
    assertThat(mask.sum(0).eq(0).sum().item()).isEqualTo(4);
    model.to(DType.FLOAT64);
    model.call(Tensor.ones(Shape.of(1, 10), DType.FLOAT64)).sum().backward();
    Tensor grad = model.parameter("0.weight_orig").grad();
    assertThat(grad.ne(0).sum().item()).isEqualTo(mask.sum().item());
    Prune.remove(model.get(0), "weight");
    assertThat(Prune.isPruned(model)).isFalse();
    assertThat(model.stateDict().keySet()).containsExactly("0.bias", "0.weight");
    assertThat(((Linear) model.get(0)).weight()).isSameAs(model.parameter("0.weight"));
    assertThat(model.parameter("0.weight").ne(0).sum().item()).isEqualTo(mask.sum().item());
    Prune.customFromMask(model.get(0), "bias", Tensor.zeros(Shape.of(10)));
    Prune.identity(model.get(0), "weight");
    assertThat(model.parameter("0.bias_orig").requiresGrad()).isTrue();
    assertThatThrownBy(() -> Prune.l1Unstructured(model.get(0), "bias", Prune.Amount.count(1)))
        .hasMessageContaining("cannot prune 1 of the 0");
    assertThatThrownBy(() -> Prune.remove(model.get(0), "gain"))
        .hasMessage("\"gain\" of Linear is not pruned");
    assertThatThrownBy(() -> Prune.Amount.share(1.5)).hasMessageContaining("not 1.5");
    assertThatThrownBy(() -> Prune.customFromMask(model.get(0), "bias", Tensor.of(1f)))
        .isInstanceOf(ShapeException.class);
  }

  @Test
  void vectors() {
    Linear layer = new Linear(2, 3);
    Tensor vector = ParameterVector.parametersToVector(layer.parameters());
    assertThat(vector.shape()).isEqualTo(Shape.of(9));
    assertThat(vector.requiresGrad()).isTrue();
    ParameterVector.vectorToParameters(vector.mul(2), layer.parameters());
    assertThat(layer.bias().toFloats()).isEqualTo(vector.narrow(0, 6, 3).mul(2).toFloats());
    assertThat(layer.weight().isLeaf()).isTrue();
    assertThatThrownBy(() -> ParameterVector.vectorToParameters(Tensor.of(1f), layer.parameters()))
        .hasMessage(
            "vectorToParameters: a vector of shape [1] for parameters of 9 elements: it must be"
                + " [9]");
    assertThatThrownBy(() -> ParameterVector.parametersToVector(List.of()))
        .hasMessageContaining("no parameters");
  }

  @Test
  void normsThatAreNotFinite() {
    Tensor p = Tensor.of(1f, 2f).requiresGrad(true);
    p.grad(Tensor.of(1f, Float.NaN));
    for (double order : new double[] {2, Double.POSITIVE_INFINITY, 1}) {
      assertThatThrownBy(() -> ClipGrad.clipGradNorm(List.of(p), 1, order, ClipGrad.NonFinite.FAIL))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("is NaN");
    }
    assertThat(p.grad().toFloats()[0]).isEqualTo(1);
    assertThat(ClipGrad.clipGradNorm(List.of(p), 1).item()).isNaN();
    assertThat(ClipGrad.totalNorm(List.of()).item()).isZero();
  }

  @Test
  void skipsFirstValues() {
    Generator.State before = Generator.standard().state();
    Linear layer = SkipInit.skipInit(() -> new Linear(3, 2));
    assertThat(Generator.standard().state()).isEqualTo(before);
    Linear other = new Linear(3, 2);
    assertThat(Generator.standard().state()).isNotEqualTo(before);
    layer.loadStateDict(other.stateDict());
    assertThat(layer.weight().toFloats()).isEqualTo(other.weight().toFloats());
  }
}
