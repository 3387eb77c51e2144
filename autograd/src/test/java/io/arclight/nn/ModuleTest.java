package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
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
        .contains("(fc1): Linear(in_features=4, out_features=3, bias=True)")
        .contains("bias=False");
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
              return new Tensor[] {in[0].mul(0)};
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

  @Test
  void findsPartsByPath() {
    Sequential model = new Sequential(new Mlp(), new ReLU());
    assertThat(model.submodule("0.fc1")).isInstanceOf(Linear.class);
    assertThat(model.submodule("")).isSameAs(model);
    assertThat(model.parameter("0.fc2.weight").shape()).isEqualTo(Shape.of(2, 3));
    assertThat(model.buffer("0.scale").item()).isEqualTo(2);
    assertThat(model.modules()).hasSize(5);
    assertThat(model.children()).hasSize(2);
    assertThatThrownBy(() -> model.parameter("0.fc3.weight"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Sequential has no part \"0.fc3\": where \"fc3\" should be it has [fc1, fc2]");
    assertThatThrownBy(() -> model.parameter("0.scale"))
        .hasMessageContaining("no parameter \"0.scale\"");
  }

  private static final class Masked extends Layer {
    private final Tensor mask =
        registerBuffer("mask", Tensor.ones(Shape.of(2)), Persistence.TRANSIENT);
    private final Tensor[] gains = {register("a", Tensor.of(1f)), register("b", Tensor.of(2f))};
    private final List<Tensor> listed = List.of(register("c", Tensor.of(3f)));

    @Override
    public Tensor forward(Tensor x) {
      return x.mul(mask).mul(gains[0]).mul(gains[1]).mul(listed.get(0));
    }
  }

  @Test
  void transientBuffersMoveButAreNotSaved() {
    Masked model = new Masked();
    assertThat(model.stateDict("m.").keySet()).containsExactly("m.a", "m.b", "m.c");
    assertThat(model.namedBuffers().keySet()).containsExactly("mask");
    model.to(DType.FLOAT64);
    assertThat(model.call(Tensor.of(1.0, 1.0)).toDoubles()).containsExactly(6, 6);
    assertThat(model.gains[1].dtype()).isEqualTo(DType.FLOAT64);
    assertThat(model.gains[1]).isSameAs(model.parameter("b"));
    assertThat(model.listed.get(0)).isSameAs(model.parameter("c"));
  }

  private static final class Tied extends Layer {
    private final Linear in = register("in", new Linear(2, 2));
    private Tensor weight = register("weight", in.weight());
    private final Tensor steps = registerBuffer("steps", Tensor.zeros(Shape.SCALAR, DType.INT64));

    @Override
    public Tensor forward(Tensor x) {
      return in.call(x).matmul(weight.t());
    }
  }

  @Test
  void sharedTensorsStayShared() {
    Tied model = new Tied();
    model.call(Tensor.ones(Shape.of(1, 2))).sum().backward();
    float[] grad = model.weight.grad().toFloats();
    model.to(DType.FLOAT64);
    assertThat(model.parameters()).hasSize(2);
    assertThat(model.weight).isSameAs(model.in.weight());
    assertThat(model.weight.dtype()).isEqualTo(DType.FLOAT64);
    assertThat(model.weight.grad().dtype()).isEqualTo(DType.FLOAT64);
    assertThat(model.weight.grad().toFloats()).isEqualTo(grad);
    assertThat(model.steps.dtype()).isEqualTo(DType.INT64);
    Tied other = new Tied();
    other.loadStateDict(model.stateDict(), StateDict.Match.STRICT, StateDict.Into.ASSIGN);
    assertThat(other.weight).isSameAs(other.in.weight());
    assertThat(other.weight.dtype()).isEqualTo(DType.FLOAT64);
    assertThat(other.weight.requiresGrad()).isTrue();
    assertThat(other.weight.storage()).isSameAs(model.weight.storage());
    model.toEmpty(Device.QUEUE);
    assertThat(model.weight.device()).isEqualTo(Device.QUEUE);
    assertThatThrownBy(() -> model.to(DType.INT64)).hasMessageContaining("cannot become int64");
  }

  @Test
  void freezes() {
    Mlp model = new Mlp();
    model.fc1.requiresGrad(false);
    model.call(Tensor.ones(Shape.of(1, 4))).sum().backward();
    assertThat(model.fc1.weight().grad()).isNull();
    assertThat(model.fc2.weight().grad()).isNotNull();
    model.to(DType.FLOAT64);
    assertThat(model.fc1.weight().requiresGrad()).isFalse();
  }

  @Test
  void hooksChangeStates() {
    Mlp model = new Mlp();
    List<String> seen = new ArrayList<>();
    Runnable remove =
        model.fc2.registerStateDictPostHook(
            (m, state, prefix) -> state.put(prefix + "w", state.remove(prefix + "weight")));
    model.fc2.registerStateDictPreHook((m, state, prefix) -> seen.add("save " + prefix));
    assertThat(model.stateDict().keySet()).contains("fc2.w").doesNotContain("fc2.weight");
    assertThatThrownBy(() -> model.loadStateDict(model.stateDict()))
        .hasMessageContaining("missing: [fc2.weight]");
    model.fc2.registerLoadStateDictPreHook(
        (m, state, prefix) -> state.put(prefix + "weight", state.remove(prefix + "w")));
    model.fc2.registerLoadStateDictPostHook((m, mismatch) -> seen.add("loaded"));
    Map<String, Tensor> given = model.stateDict();
    model.loadStateDict(given);
    assertThat(given).containsKey("fc2.w");
    assertThat(seen).containsExactly("save fc2.", "save fc2.", "save fc2.", "loaded");
    remove.run();
    assertThat(model.stateDict()).containsKey("fc2.weight");
  }
}
