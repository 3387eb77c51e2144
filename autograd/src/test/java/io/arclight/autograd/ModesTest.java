package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.InPlaceException;
import io.arclight.tensor.InferenceModeException;
import io.arclight.tensor.SavedTensorHooks;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModesTest {
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

  // ---- inference mode

  @Test
  void inferenceTensorsCannotBeRecorded() {
    Tensor x = leaf(1, 2);
    Tensor made;
    Tensor created;
    Tensor view;
    try (Context.Restore mode = Autograd.inferenceMode()) {
      made = x.mul(2);
      created = Tensor.of(5.0, 6.0);
      view = x.slice(0, 0, 1);
      made.addInPlace(1);
    }
    assertThat(made.toDoubles()).containsExactly(3, 5);
    assertThat(made.requiresGrad()).isFalse();
    assertThat(made.version()).as("changes are not counted").isZero();
    for (Tensor t : List.of(made, created, made.slice(0, 0, 1))) {
      assertThatThrownBy(() -> x.mul(t))
          .isInstanceOf(InferenceModeException.class)
          .hasMessageContaining("MUL")
          .hasMessageContaining("copy()");
      assertThatThrownBy(() -> t.requiresGrad(true)).isInstanceOf(InferenceModeException.class);
      assertThatThrownBy(() -> t.mulInPlace(2)).isInstanceOf(InferenceModeException.class);
    }
    x.add(made).sum().backward();
    assertThat(x.grad().toDoubles()).as("what saves nothing may use it").containsExactly(1, 1);
    x.mul(made.copy()).sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(4, 6);
    assertThatThrownBy(() -> view.mulInPlace(x.slice(0, 0, 1)))
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("inference mode");
  }

  @Test
  void modesNestAndEnd() {
    Tensor x = leaf(1);
    try (Context.Restore inference = Autograd.inferenceMode()) {
      try (Context.Restore grad = Autograd.enableGrad()) {
        assertThatThrownBy(() -> x.mul(x.mul(1).detach().copy()))
            .isInstanceOf(InferenceModeException.class);
      }
      assertThat(x.mul(2).requiresGrad()).isFalse();
    }
    assertThat(x.mul(2).requiresGrad()).isTrue();
    assertThat(x.mul(2).storage().isInference()).isFalse();
    try (Context.Restore off = Autograd.setGradEnabled(false)) {
      assertThat(x.mul(2).requiresGrad()).isFalse();
      try (Context.Restore on = Autograd.setGradEnabled(true)) {
        assertThat(x.mul(2).requiresGrad()).isTrue();
      }
      assertThat(x.mul(2).requiresGrad()).isFalse();
    }
  }

  // ---- saved tensors

  /** Packs into arrays and counts. */
  private static final class Counting implements SavedTensorHooks {
    private int packed;
    private int unpacked;

    @Override
    public Object pack(Tensor tensor) {
      packed++;
      assertThat(tensor.requiresGrad()).isFalse();
      return tensor.toDoubles();
    }

    @Override
    public Tensor unpack(Object saved) {
      unpacked++;
      return Tensor.of((double[]) saved);
    }
  }

  @Test
  void savedTensorsArePackedAndUnpacked() {
    Tensor x = leaf(2, 3);
    Counting hooks = new Counting();
    Tensor y;
    Tensor z;
    try (Context.Restore mode = Autograd.savedTensorsHooks(hooks)) {
      y = x.mul(x).add(1).exp();
      z = y.mul(y);
    }
    assertThat(hooks.packed).as("two of each MUL, the output of EXP").isEqualTo(5);
    y.mulInPlace(0);
    Tensor[] first =
        Autograd.grad(List.of(z.sum()), List.of(x), GradOptions.standard().graph(GraphUse.CREATE));
    assertThat(hooks.unpacked).isEqualTo(5);
    // z = exp(2 (x^2 + 1)): first 4 x z, second (4 + 16 x^2) z
    double[] v = {2, 3};
    double[] e = Arrays.stream(v).map(a -> Math.exp(2 * (a * a + 1))).toArray();
    Tensor second = Autograd.grad(first[0].sum(), x)[0];
    for (int i = 0; i < 2; i++) {
      double relative = first[0].toDoubles()[i] / (4 * v[i] * e[i]);
      assertThat(relative).isEqualTo(1, org.assertj.core.api.Assertions.within(1e-12));
      relative = second.toDoubles()[i] / ((4 + 16 * v[i] * v[i]) * e[i]);
      assertThat(relative).isEqualTo(1, org.assertj.core.api.Assertions.within(1e-12));
    }
  }

  @Test
  void refusesWhatUnpackMustNotGive() {
    Tensor x = leaf(2, 3);
    Tensor y;
    SavedTensorHooks wrong =
        new SavedTensorHooks() {
          @Override
          public Object pack(Tensor tensor) {
            return tensor;
          }

          @Override
          public Tensor unpack(Object packed) {
            return ((Tensor) packed).slice(0, 0, 1);
          }
        };
    try (Context.Restore mode = Autograd.savedTensorsHooks(wrong)) {
      y = x.mul(x);
    }
    assertThatThrownBy(() -> y.sum().backward())
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("[1]")
        .hasMessageContaining("[2]");
  }

  @Test
  void savedTensorsMoveToTheHost() {
    Tensor x = Tensor.of(2.0, 3.0).to(Device.QUEUE).requiresGrad(true);
    Tensor h = x.mul(3);
    Tensor y;
    try (Context.Restore mode = Autograd.saveOnCpu()) {
      y = h.mul(h);
    }
    h.zeroInPlace();
    y.sum().backward();
    assertThat(x.grad().device()).isEqualTo(Device.QUEUE);
    assertThat(x.grad().toDoubles()).containsExactly(36, 54);
    Tensor host = leaf(2);
    Tensor square;
    Tensor moved = host.mul(1);
    try (Context.Restore mode = Autograd.saveOnCpu()) {
      square = moved.mul(moved);
    }
    moved.zeroInPlace();
    square.backward();
    assertThat(host.grad().item()).as("copied, not shared").isEqualTo(4);
  }

  // ---- hooks

  @Test
  void hooksRunInOrder() {
    List<String> order = new ArrayList<>();
    Tensor x = leaf(2);
    Tensor h = x.mul(3).retainGrad();
    h.registerHook(g -> note(order, "tensor 1", g.mul(2)));
    h.registerHook(g -> note(order, "tensor 2 sees " + g.item(), null));
    h.gradFn()
        .registerPrehook(g -> note(order, "pre sees " + g[0].item(), new Tensor[] {g[0].add(1)}));
    h.gradFn()
        .registerHook(
            (in, out) -> note(order, "node " + in[0].item() + " from " + out[0].item(), null));
    x.registerHook(g -> note(order, "leaf", null));
    x.registerPostAccumulateGradHook(t -> order.add("accumulated " + t.grad().item()));
    h.mul(5).sum().backward();
    assertThat(order)
        .containsExactly(
            "tensor 1",
            "tensor 2 sees 10.0",
            "pre sees 10.0",
            "node 33.0 from 11.0",
            "leaf",
            "accumulated 33.0");
    assertThat(h.grad().item()).as("retained after the tensor's own hooks").isEqualTo(10);
  }

  private static <T> T note(List<String> order, String what, T result) {
    order.add(what);
    return result;
  }

  @Test
  void nodeHooksReplaceGradientsAndLeave() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Runnable remove = y.gradFn().registerHook((in, out) -> new Tensor[] {in[0].mul(10)});
    Tensor sum = y.sum();
    sum.backward(null, GraphUse.RETAIN);
    assertThat(x.grad().toDoubles()).containsExactly(20, 20);
    remove.run();
    sum.backward(null, GraphUse.RETAIN);
    assertThat(x.grad().toDoubles()).containsExactly(22, 22);
    y.gradFn().registerHook((in, out) -> new Tensor[0]);
    assertThatThrownBy(sum::backward).hasMessageContaining("gave 0 gradients for 1");
    assertThat(x.gradFn()).as("a leaf").isNull();
  }

  @Test
  void hooksOverSeveralTensors() {
    Tensor a = leaf(1);
    Tensor b = leaf(2);
    Tensor unused = leaf(3);
    List<Object> calls = new ArrayList<>();
    Runnable all =
        Autograd.registerMultiGradHook(
            List.of(a, b, unused), Autograd.When.ALL, g -> calls.add(values(g)));
    Runnable any =
        Autograd.registerMultiGradHook(
            List.of(a, b), Autograd.When.ANY, g -> calls.add("any " + values(g)));
    a.mul(b).backward();
    assertThat(calls).hasSize(2).contains(Arrays.asList(2.0, 1.0, null));
    assertThat(calls.get(0)).asString().startsWith("any");
    calls.clear();
    b.mul(5).backward();
    assertThat(calls).containsExactlyInAnyOrder(Arrays.asList(null, 5.0, null), "any [null, 5.0]");
    all.run();
    any.run();
    calls.clear();
    a.mul(b).backward();
    assertThat(calls).isEmpty();
  }

  private static List<Double> values(Tensor[] grads) {
    return Arrays.stream(grads).map(g -> g == null ? null : (Double) g.item()).toList();
  }

  @Test
  void anomalyModeChecksBackwardErrorsOfRules() {
    Tensor x = Tensor.zeros(Shape.of(2), DType.FLOAT64).requiresGrad(true);
    try (Context.Restore mode = Autograd.detectAnomaly()) {
      Tensor y = x.sqrt();
      assertThatThrownBy(() -> y.sum().backward())
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("SQRT")
          .hasMessageContaining("anomalyModeChecksBackwardErrorsOfRules")
          .hasMessageContaining("ModesTest.java:");
    }
  }
}
