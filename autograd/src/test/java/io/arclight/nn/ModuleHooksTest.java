package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModuleHooksTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  record Pair(Tensor sum, List<Tensor> rest, String label) {}

  /** Two inputs, one that may be left out, and a record of outputs. */
  private static final class Two extends Module {
    Pair forward(Tensor a, Tensor b) {
      Tensor other = b == null ? a.mul(0) : b;
      return new Pair(a.add(other), List.of(a.mul(other)), "pair");
    }

    Pair call(Tensor a, Tensor b) {
      return within(in -> forward(in[0], in[1]), a, b);
    }
  }

  private static Tensor leaf(float value) {
    return Tensor.of(value).requiresGrad(true);
  }

  @Test
  void forwardHooksOfSeveralInputsAndOutputs() {
    Two two = new Two();
    Runnable pre = two.registerForwardPreHook((m, in) -> new Tensor[] {in[0].mul(10), in[1]});
    Runnable post =
        two.registerForwardHook(
            (m, in, out) -> {
              assertThat(in[0].item()).isEqualTo(20);
              return new Tensor[] {out[0].neg(), out[1]};
            });
    Pair out = two.call(Tensor.of(2f), Tensor.of(3f));
    assertThat(out.sum().item()).isEqualTo(-23);
    assertThat(out.rest().get(0).item()).isEqualTo(60);
    assertThat(out.label()).isEqualTo("pair");
    pre.run();
    post.run();
    assertThat(two.call(Tensor.of(2f), null).sum().item()).isEqualTo(2);
  }

  @Test
  void backwardHooksSeeWhatPasses() {
    Two two = new Two();
    List<String> seen = new ArrayList<>();
    two.registerFullBackwardPreHook(
        (m, grads) -> {
          seen.add("outputs " + items(grads));
          return null;
        });
    two.registerFullBackwardHook(
        (m, in, out) -> {
          seen.add("inputs " + items(in) + " of " + items(out));
          return new Tensor[] {in[0].mul(100), in[1]};
        });
    Tensor a = leaf(2);
    Tensor b = leaf(3);
    Pair pair = two.call(a, b);
    pair.sum().mul(5).add(pair.rest().get(0)).add(a).backward();
    // a: (5 + b) * 100 from inside, 1 from outside.
    assertThat(a.grad().item()).isEqualTo(801);
    assertThat(b.grad().item()).isEqualTo(7);
    assertThat(seen).containsExactly("outputs [5.0, 1.0]", "inputs [8.0, 7.0] of [5.0, 1.0]");
  }

  private static List<Object> items(Tensor[] tensors) {
    return Arrays.stream(tensors).map(t -> t == null ? (Object) "none" : t.item()).toList();
  }

  @Test
  void gradientsThatAreNotThereAreNull() {
    Two two = new Two();
    List<String> seen = new ArrayList<>();
    two.registerFullBackwardHook(
        (m, in, out) -> {
          seen.add(items(in) + " of " + items(out));
          return null;
        });
    Tensor a = leaf(2);
    two.call(a, Tensor.of(3f)).sum().backward();
    assertThat(seen).containsExactly("[1.0, none] of [1.0, none]");
  }

  @Test
  void withoutGradientsOfInputsTheHookRunsWhenTheOutputsAreThere() {
    Linear layer = new Linear(2, 2);
    List<String> seen = new ArrayList<>();
    layer.registerFullBackwardHook(
        (m, in, out) -> {
          seen.add(in.length + " " + in[0] + " " + out[0].shape());
          return null;
        });
    layer.call(Tensor.ones(io.arclight.tensor.Shape.of(3, 2))).sum().backward();
    assertThat(seen).containsExactly("1 null [3, 2]");
    assertThat(layer.weight().grad()).isNotNull();
  }

  @Test
  void preHooksReplaceTheGradientsOfOutputs() {
    Two two = new Two();
    Runnable remove =
        two.registerFullBackwardPreHook((m, grads) -> new Tensor[] {grads[0].mul(7), grads[1]});
    Tensor a = leaf(2);
    two.call(a, null).sum().backward();
    assertThat(a.grad().item()).isEqualTo(7);
    remove.run();
    a.grad(null);
    two.call(a, null).sum().backward();
    assertThat(a.grad().item()).isEqualTo(1);
  }

  @Test
  void gradientsOfGradientsPassHooks() {
    Two two = new Two();
    two.registerFullBackwardHook((m, in, out) -> new Tensor[] {in[0].mul(in[0]), in[1]});
    Tensor a = leaf(3);
    Tensor product = two.call(a, a).rest().get(0);
    Tensor first =
        Autograd.grad(
            List.of(product),
            List.of(a),
            io.arclight.autograd.GradOptions.standard()
                .graph(io.arclight.tensor.GradientEngine.GraphUse.CREATE))[0];
    // b = a at the second input: a^2 squared at the first, plus a.
    assertThat(first.item()).isEqualTo(12);
    assertThat(Autograd.grad(first, a)[0].item()).isEqualTo(7);
  }

  @Test
  void globalHooksRunFirst() {
    List<String> seen = new ArrayList<>();
    Sequential model = new Sequential(new ReLU());
    model.get(0).registerForwardHook((m, in, out) -> seen(seen, "own"));
    Runnable pre =
        ModuleHooks.registerModuleForwardPreHook(
            (m, in) -> seen(seen, "before " + m.getClass().getSimpleName()));
    Runnable post = ModuleHooks.registerModuleForwardHook((m, in, out) -> seen(seen, "after"));
    Runnable back = ModuleHooks.registerModuleFullBackwardHook((m, in, out) -> seen(seen, "grad"));
    Runnable backPre = ModuleHooks.registerModuleFullBackwardPreHook((m, out) -> seen(seen, "top"));
    try {
      Tensor a = leaf(1);
      model.call(a).backward();
      assertThat(seen)
          .containsExactly(
              "before Sequential",
              "before ReLU",
              "after",
              "own",
              "after",
              "top",
              "top",
              "grad",
              "grad");
    } finally {
      List.of(pre, post, back, backPre).forEach(Runnable::run);
    }
    seen.clear();
    model.call(leaf(1)).backward();
    assertThat(seen).containsExactly("own");
  }

  private static Tensor[] seen(List<String> all, String what) {
    all.add(what);
    return null;
  }

  @Test
  void nothingIsWatchedWithoutGradients() {
    Two two = new Two();
    two.registerFullBackwardHook((m, in, out) -> null);
    Tensor a = leaf(1);
    try (Context.Restore mode = Autograd.noGrad()) {
      assertThat(two.call(a, null).sum().requiresGrad()).isFalse();
    }
  }

  @Test
  void hooksGiveAsManyTensors() {
    Two two = new Two();
    two.registerForwardHook((m, in, out) -> new Tensor[] {out[0]});
    assertThatThrownBy(() -> two.call(Tensor.of(1f), null))
        .hasMessage(
            "a forward hook of Two gave 1 tensors for 2: give as many, or null to leave them");
  }
}
