package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ContainersTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void sequentialChanges() {
    ReLU relu = new ReLU();
    Sequential s = new Sequential(new Linear(2, 3), relu);
    s.append(new Linear(3, 1)).insert(0, new Identity()).insert(4, new Tanh());
    assertThat(s.stateDict().keySet()).containsExactly("1.weight", "1.bias", "3.weight", "3.bias");
    assertThat(s.get(2)).isSameAs(relu);
    assertThat(s.get(-1)).isInstanceOf(Tanh.class);
    assertThat(s.call(Tensor.ones(Shape.of(5, 2))).shape()).isEqualTo(Shape.of(5, 1));
    assertThat(s.pop(0)).isInstanceOf(Identity.class);
    assertThat(s.set(1, new Sigmoid()).get(1)).isInstanceOf(Sigmoid.class);
    assertThat(s.namedChildren().keySet()).containsExactly("0", "1", "2", "3");
    Sequential tail = s.slice(2, 4);
    assertThat(tail.namedChildren().keySet()).containsExactly("2", "3");
    assertThat(tail.get(0)).isSameAs(s.get(2));
    assertThat(s).hasSize(4);
    assertThatThrownBy(() -> s.get(4))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("Sequential: no part 4, it has 4 parts");
  }

  @Test
  void sequentialOfNames() {
    Map<String, Layer> layers = new LinkedHashMap<>();
    layers.put("fc", new Linear(2, 3).noBias());
    layers.put("act", new ReLU());
    Sequential s = new Sequential(layers);
    s.pop(1);
    s.append("out", new Linear(3, 1));
    assertThat(s.stateDict().keySet()).containsExactly("fc.weight", "out.weight", "out.bias");
  }

  @Test
  void moduleList() {
    ModuleList<Linear> list = new ModuleList<>(new Linear(2, 2), new Linear(2, 2));
    list.append(new Linear(2, 3)).insert(1, new Linear(2, 2));
    assertThat(list.stateDict()).hasSize(8).containsKey("3.weight");
    assertThat(list.get(-1).weight().shape()).isEqualTo(Shape.of(3, 2));
    assertThat(list.toString())
        .isEqualTo(
            """
            ModuleList(
              (0-2): 3 x %s
              (3): %s
            )"""
                .formatted(list.get(0), list.get(3)));
    Linear last = list.pop(3);
    assertThat(list).hasSize(3).doesNotContain(last);
    assertThat(list.slice(1, 3)).containsExactly(list.get(1), list.get(2));
    list.set(0, last);
    assertThat(list.stateDict().get("0.weight").shape()).isEqualTo(Shape.of(3, 2));
  }

  @Test
  void moduleDict() {
    ModuleDict<Layer> dict = new ModuleDict<>(Map.of("a", new Linear(1, 1)));
    dict.set("b", new ReLU()).set("a", new Linear(1, 2));
    assertThat(dict.keys()).containsExactly("a", "b");
    assertThat(dict.stateDict().get("a.weight").shape()).isEqualTo(Shape.of(2, 1));
    assertThat(dict.pop("b")).isInstanceOf(ReLU.class);
    assertThatThrownBy(() -> dict.get("b"))
        .hasMessage("ModuleDict has no part \"b\": where \"b\" should be it has [a]");
    dict.clear();
    assertThat(dict.size()).isZero();
  }

  @Test
  void parameterContainers() {
    ParameterList list = new ParameterList(Tensor.ones(Shape.of(2, 3)));
    list.append(Tensor.zeros(Shape.of(4)));
    list.set(0, Tensor.zeros(Shape.of(5)));
    assertThat(list.namedParameters().keySet()).containsExactly("0", "1");
    assertThat(list.get(0).requiresGrad()).isTrue();
    assertThat(list.get(-1).shape()).isEqualTo(Shape.of(4));
    assertThat(list.toString())
        .isEqualTo(
            """
            ParameterList(
              (0): Parameter containing: [float32 of size 5]
              (1): Parameter containing: [float32 of size 4]
            )""");
    ParameterDict dict = new ParameterDict(Map.of("w", Tensor.ones(Shape.of(2, 3))));
    dict.set("v", Tensor.ones(Shape.of(1))).set("w", Tensor.ones(Shape.of(7)));
    assertThat(dict.stateDict().keySet()).containsExactly("w", "v");
    assertThat(dict.pop("w").shape()).isEqualTo(Shape.of(7));
    assertThatThrownBy(() -> list.append(Tensor.zeros(Shape.of(2), DType.INT64)))
        .hasMessageContaining("must be floating-point or complex, not int64");
  }

  private static final class Holder extends Module {
    private final ModuleList<Linear> blocks = register("blocks", new ModuleList<>());
    private final ParameterList gains = register("gains", new ParameterList());
  }

  @Test
  void containersInModules() {
    Holder holder = new Holder();
    holder.blocks.extend(List.of(new Linear(1, 1), new Linear(1, 1)));
    holder.gains.append(Tensor.ones(Shape.of(1)));
    assertThat(holder.stateDict().keySet())
        .containsExactly(
            "blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias", "gains.0");
    holder.to(DType.FLOAT64);
    assertThat(holder.gains.get(0).dtype()).isEqualTo(DType.FLOAT64);
    assertThat(holder.blocks.get(1).weight().dtype()).isEqualTo(DType.FLOAT64);
  }

  @Test
  void flattenAndUnflatten() {
    Tensor x = Tensor.rand(Shape.of(2, 3, 4, 5));
    assertThat(new Flatten().call(x).shape()).isEqualTo(Shape.of(2, 60));
    assertThat(new Flatten(0, 2).call(x).shape()).isEqualTo(Shape.of(24, 5));
    assertThat(new Flatten(0, 2).toString()).isEqualTo("Flatten(start_dim=0, end_dim=2)");
    assertThat(new Unflatten(1, 3, -1).call(new Flatten().call(x)).shape())
        .isEqualTo(Shape.of(2, 3, 20));
    assertThat(new Unflatten(1, 3, 20).toString())
        .isEqualTo("Unflatten(dim=1, unflattened_size=(3, 20))");
  }
}
