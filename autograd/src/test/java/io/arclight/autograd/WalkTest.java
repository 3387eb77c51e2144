package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WalkTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor leaf(double... values) {
    return Tensor.of(values).requiresGrad(true);
  }

  @Test
  void sumsOverAllUsesOfATensor() {
    Tensor x = leaf(1, 2, 3);
    x.mul(x).add(x).sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(3, 5, 7);
  }

  @Test
  void accumulatesOverBackwards() {
    Tensor x = leaf(1, 2);
    x.mul(3).sum().backward();
    Tensor first = x.grad();
    x.mul(4).sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(7, 7);
    assertThat(x.grad()).isSameAs(first);
  }

  @Test
  void gradOutlivesTheScope() {
    Tensor x = leaf(1, 2).keep();
    Tensor y = leaf(5, 6).keep();
    try (Scope step = Scope.open()) {
      x.add(y).sum().backward();
    }
    assertThat(x.grad().toDoubles()).containsExactly(1, 1);
    assertThat(y.grad().toDoubles()).containsExactly(1, 1);
    assertThat(x.grad().storage()).isNotSameAs(y.grad().storage());
  }

  @Test
  void givesOutGradientsThatShareNoMemory() {
    Tensor x = leaf(1, 2);
    Tensor y = leaf(5, 6);
    Tensor seed = Tensor.of(1.0, 1.0);
    Tensor z = x.add(y.reshape(2)).mul(1.0);
    Tensor[] grads =
        Autograd.grad(List.of(z), List.of(x, y), GradOptions.standard().gradOutputs(seed));
    grads[0].addInPlace(1);
    assertThat(grads[0].toDoubles()).containsExactly(2, 2);
    assertThat(grads[1].toDoubles()).containsExactly(1, 1);
    assertThat(seed.toDoubles()).containsExactly(1, 1);
  }

  @Test
  void givesBackTheGivenGradientAndViewsOfItWithoutACopy() {
    Tensor seed = Tensor.of(1.0, 2.0).keep();
    GradOptions options = GradOptions.standard().gradOutputs(seed);
    Tensor x = leaf(1, 2);
    Tensor rows = Tensor.zeros(Shape.of(2, 3), DType.FLOAT64, x.device()).requiresGrad(true);
    try (Scope step = Scope.open()) {
      Tensor itself = Autograd.grad(List.of(x.add(3.0)), List.of(x), options)[0];
      assertThat(itself.storage()).isSameAs(seed.storage());
      assertThat(itself.requiresGrad()).isFalse();
      Tensor view = Autograd.grad(List.of(rows.sum(1)), List.of(rows), options)[0];
      assertThat(view.storage()).isSameAs(seed.storage());
      assertThat(view.toDoubles()).containsExactly(1, 1, 1, 2, 2, 2);
      rows.sum(1).backward(seed, GraphUse.RELEASE);
      assertThat(rows.grad().storage()).isNotSameAs(seed.storage());
    }
    assertThat(seed.toDoubles()).containsExactly(1, 2);
    seed.close();
  }

  @Test
  void givesOutAGradientThatNobodyElseHoldsWithoutACopy() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(Tensor.of(3.0, 4.0)).sum();
    List<String> names = new ArrayList<>();
    try (Context.Restore mode =
        Context.current()
            .intercept(
                (op, name, inputs, next) -> {
                  names.add(name);
                  return next.get();
                })) {
      Tensor.of(1.0).copy();
      assertThat(Autograd.grad(y, x)[0].toDoubles()).containsExactly(3, 4);
    }
    assertThat(names.subList(1, names.size())).isNotEmpty().doesNotContain(names.get(0));
  }

  @Test
  void undoesBroadcastingAndPromotion() {
    Tensor row = Tensor.of(1f, 2f, 3f).requiresGrad(true);
    Tensor column = Tensor.of(new double[] {1, 2}, Shape.of(2, 1)).requiresGrad(true);
    row.mul(column).sum().backward();
    assertThat(row.grad().dtype()).isEqualTo(DType.FLOAT32);
    assertThat(row.grad().toDoubles()).containsExactly(3, 3, 3);
    assertThat(column.grad().shape()).isEqualTo(Shape.of(2, 1));
    assertThat(column.grad().toDoubles()).containsExactly(6, 6);
  }

  @Test
  void walksAHundredThousandOperations() {
    Tensor x = leaf(1);
    Tensor y = x;
    for (int i = 0; i < 100_000; i++) {
      y = y.add(1);
    }
    y.sum().backward();
    assertThat(x.grad().item()).isEqualTo(1);
  }

  @Test
  void releasesTemporariesAsItGoes() {
    int n = 1 << 16;
    Tensor x = Tensor.zeros(Shape.of(n)).requiresGrad(true);
    Tensor y = x;
    for (int i = 0; i < 50; i++) {
      y = y.mul(1);
    }
    Tensor loss = y.sum();
    long before = Memory.liveBytes();
    x.registerPostAccumulateGradHook(
        grad -> assertThat(Memory.liveBytes() - before).isLessThan(5L * 4 * n));
    loss.backward();
    assertThat(x.grad().toFloats()[n - 1]).isEqualTo(1);
    assertThat(Memory.liveBytes() - before).isLessThan(2L * 4 * n);
  }

  /** A gradient that is used once and seen by nobody is written over. */
  @Test
  void rulesWriteOverGradientsThatNobodyElseHas() {
    List<String> names = new ArrayList<>();
    Tensor x = leaf(0.5, -1, 2);
    try (Context.Restore watching =
        Context.current()
            .intercept(
                (op, name, inputs, next) -> {
                  names.add(name);
                  return next.get();
                })) {
      x.mul(2).tanh().sigmoid().exp().square().sum().backward();
    }
    assertThat(names)
        .as("the last rule but one reads an expanded gradient, the last one writes for a leaf")
        .contains("tanh_backward_", "sigmoid_backward_", "exp_backward_")
        .doesNotContain("square_backward_", "mul_backward_");
    Tensor same = leaf(0.5, -1, 2);
    same.mul(2).tanh().sigmoid().exp().square().sum().backward(null, GraphUse.RETAIN);
    assertThat(x.grad().toDoubles()).isEqualTo(same.grad().toDoubles());
  }

  @Test
  void gradientsThatSomebodySeesAreNotWrittenOver() {
    Tensor x = leaf(0.5, -1, 2);
    Tensor h = x.mul(2);
    Tensor t = h.tanh();
    Tensor s = t.sigmoid();
    Tensor e = s.exp();
    List<Tensor> hooked = new ArrayList<>();
    s.registerHook(
        g -> {
          hooked.add(g.keep());
          return null;
        });
    t.retainGrad();
    e.sum().backward(null, GraphUse.RETAIN);
    double[] exp = e.toDoubles();
    double[] sigmoid = s.toDoubles();
    assertThat(hooked.get(0).toDoubles()).containsExactly(exp, within(1e-12));
    double[] atT = new double[3];
    for (int i = 0; i < 3; i++) {
      atT[i] = exp[i] * sigmoid[i] * (1 - sigmoid[i]);
    }
    assertThat(t.grad().toDoubles()).containsExactly(atT, within(1e-12));
    assertThat(Autograd.grad(e.sum(), t)[0].toDoubles()).containsExactly(atT, within(1e-12));
    hooked.forEach(Tensor::close);
  }

  /** The rule of an addition gives one gradient to both. */
  @Test
  void sharedGradientsAreNotWrittenOver() {
    Tensor x = leaf(0.5, -1, 2);
    Tensor a = x.mul(2);
    Tensor b = x.mul(3);
    a.tanh().add(b.sigmoid()).exp().sum().backward();
    double[] expected = new double[3];
    double[] at = {0.5, -1, 2};
    for (int i = 0; i < 3; i++) {
      double t = Math.tanh(2 * at[i]);
      double s = 1 / (1 + Math.exp(-3 * at[i]));
      expected[i] = Math.exp(t + s) * (2 * (1 - t * t) + 3 * s * (1 - s));
    }
    assertThat(x.grad().toDoubles()).containsExactly(expected, within(1e-12));
  }

  @Test
  void leafHooksRunAsSoonAsTheLeafIsReady() {
    List<String> order = new ArrayList<>();
    Tensor first = leaf(2);
    Tensor last = leaf(3);
    Tensor both = leaf(4);
    first.registerPostAccumulateGradHook(g -> order.add("first"));
    last.registerPostAccumulateGradHook(g -> order.add("last"));
    both.registerPostAccumulateGradHook(g -> order.add("both"));
    Tensor h = first.mul(both);
    h.registerHook(
        g -> {
          order.add("h");
          return g;
        });
    h.mul(last).add(both).sum().backward();
    assertThat(order).containsExactly("last", "h", "first", "both");
    assertThat(both.grad().item()).isEqualTo(7);
  }

  @Test
  void hooksReplaceGradients() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2).retainGrad();
    Runnable remove = y.registerHook(g -> g.mul(10));
    x.registerHook(g -> g.add(1));
    y.sum().backward(null, GraphUse.RETAIN);
    assertThat(y.grad().toDoubles()).containsExactly(10, 10);
    assertThat(x.grad().toDoubles()).containsExactly(21, 21);
    remove.run();
    y.sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(24, 24);
  }

  @Test
  void givesHigherOrders() {
    Tensor x = leaf(2, 3);
    Tensor y = x.mul(x).mul(x).sum();
    GradOptions create = GradOptions.standard().graph(GraphUse.CREATE);
    Tensor first = Autograd.grad(List.of(y), List.of(x), create)[0];
    assertThat(first.toDoubles()).containsExactly(12, 27);
    Tensor second = Autograd.grad(List.of(first.sum()), List.of(x), create)[0];
    assertThat(second.toDoubles()).containsExactly(12, 18);
    second.sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(6, 6);
  }

  @Test
  void gradOfIntermediatesLeavesLeavesAlone() {
    Tensor x = leaf(2);
    Tensor unused = leaf(2);
    Tensor h = x.mul(3);
    Tensor y = h.mul(h).add(unused);
    Tensor[] grads = Autograd.grad(y.sum(), h, x);
    assertThat(grads[0].item()).isEqualTo(12);
    assertThat(grads[1].item()).isEqualTo(36);
    assertThat(x.grad()).isNull();
    assertThat(unused.grad()).isNull();
  }

  @Test
  void inputsThatTakeNoPart() {
    Tensor x = leaf(2);
    Tensor other = leaf(2);
    assertThatThrownBy(() -> Autograd.grad(x.mul(2).sum(), other))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("no output depends on input 0");
    Tensor[] grads =
        Autograd.grad(
            List.of(x.mul(2).sum()), List.of(other), GradOptions.standard().allowUnused());
    assertThat(grads[0]).isNull();
  }

  @Test
  void aRetainedGraphIsWalkedAgain() {
    Tensor x = leaf(2);
    Tensor y = x.mul(x).sum();
    y.backward(null, GraphUse.RETAIN);
    y.backward();
    assertThat(x.grad().item()).isEqualTo(8);
  }

  @Test
  void refusesASecondBackward() {
    Tensor x = leaf(2);
    Tensor y = x.mul(x).sum();
    y.backward();
    assertThatThrownBy(y::backward)
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("a second time");
  }

  @Test
  void refusesWhatCannotBeDifferentiated() {
    assertThatThrownBy(() -> Tensor.of(1.0).sum().backward())
        .hasMessageContaining("does not require a gradient");
    assertThatThrownBy(() -> leaf(1, 2).mul(2).backward())
        .hasMessageContaining("only of a scalar")
        .hasMessageContaining("[2]");
    assertThatThrownBy(() -> leaf(1, 2).mul(2).backward(Tensor.of(1.0), GraphUse.RELEASE))
        .hasMessageContaining("[1]")
        .hasMessageContaining("[2]");
    Tensor x = leaf(1, 2);
    Tensor quiet;
    try (Context.Restore mode = Autograd.noGrad()) {
      quiet = x.mul(2);
    }
    assertThat(quiet.requiresGrad()).isFalse();
  }

  @Test
  void noticesChangesInPlace() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(x);
    try (Context.Restore mode = Autograd.noGrad()) {
      x.addInPlace(x);
    }
    assertThatThrownBy(() -> y.sum().backward()).hasMessageContaining("changed in place");
  }

  @Test
  void anomalyNamesOperationAndFrame() {
    Tensor x = leaf(0);
    try (Context.Restore mode = Autograd.detectAnomaly()) {
      Tensor y = x.log().sum();
      assertThatThrownBy(y::backward)
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("LOG")
          .cause()
          .satisfies(
              frame ->
                  assertThat(frame.getStackTrace())
                      .anyMatch(e -> e.getClassName().equals(WalkTest.class.getName())));
    }
  }

  @Test
  void aFailedRuleLeavesNothingBehind() {
    Tensor x = leaf(1, 2).keep();
    long before = Memory.liveBytes();
    try (Scope step = Scope.open()) {
      Tensor y = x.mul(x);
      Tensor z = y.mul(2);
      y.registerHook(
          g -> {
            throw new IllegalStateException("on purpose");
          });
      assertThatThrownBy(() -> z.sum().backward()).hasMessage("on purpose");
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }

  @Test
  void severalRoots() {
    Tensor x = leaf(3);
    Tensor y = x.mul(2);
    Tensor z = y.mul(y);
    new Walk().backward(List.of(z, y), List.of(Tensor.of(1.0), Tensor.of(10.0)), GraphUse.RELEASE);
    assertThat(x.grad().item()).isEqualTo(2 * 12 + 10 * 2);
  }
}
