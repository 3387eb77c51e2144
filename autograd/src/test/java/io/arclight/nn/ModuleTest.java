package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModuleTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static final class Mlp extends Layer {
    private final Linear fc1 = register("fc1", new Linear(4, 3));
    private final Linear fc2 = register("fc2", Linear.of(3, 2).noBias());
    private final Tensor scale = registerBuffer("scale", Tensor.of(2f));

    @Override
    public Tensor forward(Tensor x) {
      return fc2.call(fc1.call(x).relu()).mul(scale);
    }
  }

  private static final class Forgetful extends Layer {
    private final Linear lost = new Linear(1, 1);

    @Override
    public Tensor forward(Tensor x) {
      return lost.call(x);
    }
  }

  private static final class ForgetfulOfAParameter extends Layer {
    private final Tensor gain = Tensor.of(1f).requiresGrad(true);

    @Override
    public Tensor forward(Tensor x) {
      return x.mul(gain);
    }
  }

  private static final class ForgetfulOfAList extends Layer {
    private final List<Linear> blocks = List.of(new Linear(1, 1));

    @Override
    public Tensor forward(Tensor x) {
      return blocks.get(0).call(x);
    }
  }

  @Test
  void namesAsPyTorch() {
    Mlp model = new Mlp();
    assertThat(model.namedParameters().keySet())
        .containsExactly("fc1.weight", "fc1.bias", "fc2.weight");
    assertThat(model.stateDict().keySet())
        .containsExactly("scale", "fc1.weight", "fc1.bias", "fc2.weight");
    assertThat(model.namedModules().keySet()).containsExactly("", "fc1", "fc2");
    assertThat(Parameters.count(model.parameters())).isEqualTo(4 * 3 + 3 + 3 * 2);
    assertThat(model.toString())
        .contains("(fc1): Linear(in_features=4, out_features=3, bias=true)")
        .contains("bias=false");
  }

  @Test
  void sharedPartsCountOnce() {
    Linear shared = new Linear(2, 2);
    Sequential model = new Sequential(shared, new ReLU(), shared);
    assertThat(model.parameters()).hasSize(2);
    assertThat(model.stateDict().keySet())
        .containsExactly("0.weight", "0.bias", "2.weight", "2.bias");
  }

  @Test
  void findsWhatWasNotRegistered() {
    assertThatThrownBy(() -> new Forgetful().parameters())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lost = register(\"lost\", ...)");
    assertThatThrownBy(() -> new ForgetfulOfAParameter().stateDict()).hasMessageContaining("gain");
    assertThatThrownBy(() -> new ForgetfulOfAList().parameters()).hasMessageContaining("blocks");
  }

  @Test
  void theEnclosingModuleIsNoPart() {
    Layer outer =
        new Layer() {
          private final Layer inner =
              register(
                  "inner",
                  new Layer() {
                    @Override
                    public Tensor forward(Tensor x) {
                      return x.mul(factor());
                    }
                  });

          private double factor() {
            return 3;
          }

          @Override
          public Tensor forward(Tensor x) {
            return inner.call(x);
          }
        };
    assertThat(outer.parameters()).isEmpty();
    assertThat(outer.call(Tensor.of(2f)).item()).isEqualTo(6);
  }

  @Test
  void refusesNamesTwice() {
    Mlp model = new Mlp();
    assertThatThrownBy(() -> model.register("fc1", new ReLU()))
        .hasMessageContaining("Mlp has \"fc1\" already");
    assertThatThrownBy(() -> model.register("a.b", new ReLU())).hasMessageContaining("dot");
  }

  @Test
  void stateRoundTrip() {
    Mlp a = new Mlp();
    Mlp b = new Mlp();
    Tensor x = Tensor.rand(Shape.of(5, 4));
    assertThat(a.call(x).toFloats()).isNotEqualTo(b.call(x).toFloats());
    b.loadStateDict(a.stateDict());
    assertThat(a.call(x).toFloats()).isEqualTo(b.call(x).toFloats());
  }

  @Test
  void stateThatDoesNotFitIsRefusedAsAWhole() {
    Mlp model = new Mlp();
    Map<String, Tensor> state = new LinkedHashMap<>(new Mlp().stateDict());
    float[] before = model.stateDict().get("fc1.weight").toFloats();
    state.remove("fc1.bias");
    state.put("head.weight", Tensor.of(1f));
    state.put("fc2.weight", Tensor.zeros(Shape.of(7, 3)));
    assertThatThrownBy(() -> model.loadStateDict(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("missing: [fc1.bias]")
        .hasMessageContaining("unexpected: [head.weight]")
        .hasMessageContaining("fc2.weight: the state has shape [7, 3], the module [2, 3]");
    assertThat(model.stateDict().get("fc1.weight").toFloats()).isEqualTo(before);

    state.remove("fc2.weight");
    StateDict.Mismatch left = model.loadStateDict(state, StateDict.Match.LENIENT);
    assertThat(left.missing()).containsExactly("fc1.bias", "fc2.weight");
    assertThat(left.unexpected()).containsExactly("head.weight");
  }

  @Test
  void movesBetweenDevices() {
    Mlp model = new Mlp();
    Tensor x = Tensor.rand(Shape.of(2, 4));
    float[] here = model.call(x).toFloats();
    model.to(Device.QUEUE);
    assertThat(model.parameters()).allMatch(p -> p.device().equals(Device.QUEUE));
    assertThat(model.fc1.weight().device()).isEqualTo(Device.QUEUE);
    Tensor there = model.call(x.to(Device.QUEUE));
    assertThat(there.to(Device.CPU).toFloats()).isEqualTo(here);
    there.sum().backward();
    assertThat(model.fc1.weight().grad().device()).isEqualTo(Device.QUEUE);
  }

  @Test
  void modesReachAllParts() {
    Dropout dropout = new Dropout(0.9);
    Sequential model = new Sequential(new Sequential(dropout));
    Tensor x = Tensor.ones(Shape.of(100));
    assertThat(model.call(x).toFloats()).contains(0f);
    model.eval();
    assertThat(dropout.isTraining()).isFalse();
    assertThat(model.call(x)).isSameAs(x);
    model.train();
    assertThat(dropout.isTraining()).isTrue();
  }

  @Test
  void hooksSeeCalls() {
    Linear layer = new Linear(2, 2);
    List<String> seen = new ArrayList<>();
    Runnable removePre =
        layer.registerForwardPreHook(
            (l, in) -> {
              seen.add("before");
              return in.mul(0);
            });
    layer.registerForwardHook(
        (l, in, out) -> {
          seen.add("after");
          return null;
        });
    assertThat(layer.call(Tensor.ones(Shape.of(1, 2))).toFloats())
        .isEqualTo(layer.bias().toFloats());
    removePre.run();
    layer.call(Tensor.ones(Shape.of(1, 2)));
    assertThat(seen).containsExactly("before", "after", "after");
  }

  @Test
  void zeroGradGivesTheMemoryBack() {
    Mlp model = new Mlp();
    model.call(Tensor.rand(Shape.of(2, 4))).sum().backward();
    Tensor grad = model.fc1.weight().grad();
    assertThat(grad).isNotNull();
    model.zeroGrad();
    assertThat(model.fc1.weight().grad()).isNull();
    assertThat(grad.storage().isClosed()).isTrue();
  }
}
