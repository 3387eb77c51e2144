package io.arclight.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.export.TorchFile;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Sequential;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizers that PyTorch saved go on with its numbers ({@code it/oracle/optim_state.py}). */
@Timeout(60)
class OptimizerStateGoldenTest {
  private static TorchFile file;

  @TempDir private Path folder;
  private Scope scope;

  @BeforeAll
  static void load() throws IOException, URISyntaxException {
    file = TorchFile.load(Path.of(OptimizerStateGoldenTest.class.getResource("state.pt").toURI()));
  }

  @AfterAll
  static void unload() {
    file.close();
  }

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Map<?, ?> golden(String... path) {
    Map<?, ?> at = (Map<?, ?>) file.root();
    for (String name : path) {
      at = (Map<?, ?>) at.get(name);
    }
    return at;
  }

  private static List<Tensor> tensors(Map<?, ?> golden, String name) {
    return ((List<?>) golden.get(name)).stream().map(Tensor.class::cast).toList();
  }

  private static List<Tensor> parameters(Map<?, ?> golden) {
    return tensors(golden, "start").stream().map(t -> t.copy().requiresGrad(true)).toList();
  }

  private static void near(String what, Tensor actual, Tensor expected) {
    double[] a = actual.toDoubles();
    double[] e = expected.toDoubles();
    for (int i = 0; i < e.length; i++) {
      assertThat(a[i]).as(what + " at " + i).isCloseTo(e[i], within(1e-12 + 1e-9 * Math.abs(e[i])));
    }
  }

  private static void goesOn(String what, Optimizer optimizer, Map<?, ?> golden) {
    optimizer.loadStateDict(OptimizerState.of((Map<?, ?>) golden.get("optimizer")));
    List<Tensor> parameters = optimizer.parameters();
    for (int t = 11; t <= 20; t++) {
      for (int k = 0; k < parameters.size(); k++) {
        parameters.get(k).grad(OptimGoldenTest.gradient(t + 3 * k));
      }
      optimizer.step();
    }
    for (int k = 0; k < parameters.size(); k++) {
      near(what, parameters.get(k), tensors(golden, "end").get(k));
    }
  }

  static Stream<String> optimizerNames() {
    return OptimGoldenTest.optimizers().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("optimizerNames")
  void goesOnWithPyTorchsNumbers(String name) {
    Map<?, ?> golden = golden("optimizers", name);
    List<Tensor> parameters = parameters(golden);
    goesOn(name, OptimGoldenTest.optimizers().get(name).apply(parameters), golden);
  }

  @Test
  void groupsHaveNamesAndOptions() throws IOException {
    Map<?, ?> golden = golden("optimizers", "groups sgd");
    List<Tensor> p = parameters(golden);
    SGD sgd = new SGD(p.subList(0, 1), 5);
    sgd.addParamGroup(Map.of("other", p.get(1)));
    assertThat(sgd.paramGroups().get(0).names()).isEmpty();
    goesOn("groups sgd", sgd, golden);
    assertThat(sgd.paramGroups().get(0).number("weight_decay")).isEqualTo(0.1);
    assertThat(sgd.paramGroups().get(1).lr()).isEqualTo(0.03);
    assertThat(sgd.paramGroups().get(1).number("momentum")).isEqualTo(0.9);
    assertThat(sgd.paramGroups().get(1).names()).containsExactly("head.weight");

    Map<?, ?> adam = golden("optimizers", "groups adamw");
    List<Tensor> q = parameters(adam);
    AdamW optimizer = new AdamW(q.subList(0, 1), 1);
    optimizer.addParamGroup(q.subList(1, 2));
    goesOn("groups adamw", optimizer, adam);

    Path saved = folder.resolve("adamw.pt");
    TorchFile.save(saved, optimizer.stateDict().toMap());
    AdamW again = new AdamW(q.subList(0, 1), 1);
    again.addParamGroup(q.subList(1, 2));
    try (TorchFile read = TorchFile.load(saved)) {
      again.loadStateDict(OptimizerState.of((Map<?, ?>) read.root()));
    }
    assertThat(again.stateDict().tensors().get("1.exp_avg").toDoubles())
        .isEqualTo(optimizer.stateDict().tensors().get("1.exp_avg").toDoubles());
    assertThat(again.paramGroups().get(1).options())
        .isEqualTo(optimizer.paramGroups().get(1).options());
  }

  @Test
  void lbfgsGoesOn() {
    Map<?, ?> golden = golden("optimizers", "lbfgs");
    Tensor x = parameters(golden).get(0);
    LBFGS optimizer = new LBFGS(List.of(x));
    optimizer.loadStateDict(OptimizerState.of((Map<?, ?>) golden.get("optimizer")));
    OptimGoldenTest.minimise(optimizer, x, 1);
    near("lbfgs", x, tensors(golden, "end").get(0));
  }

  static Stream<String> schedulerNames() {
    return golden("schedulers").keySet().stream().map(String.class::cast);
  }

  @ParameterizedTest
  @MethodSource("schedulerNames")
  void schedulersGoOn(String name) {
    Tensor p = OptimGoldenTest.start();
    SGD optimizer = new SGD(List.of(p), 0.7).momentum(0.9);
    LRScheduler scheduler = OptimGoldenTest.schedulers().get(name).apply(optimizer);
    Map<String, Object> state = new LinkedHashMap<>();
    golden("schedulers", name).forEach((key, value) -> state.put((String) key, value));
    scheduler.loadStateDict(state);
    assertThat(optimizer.lr())
        .isCloseTo(
            ((Number) ((List<?>) state.get("_last_lr")).get(0)).doubleValue(), within(1e-12));
    assertThat(scheduler.stateDict().keySet()).isEqualTo(state.keySet());
    scheduler.step();
    assertThat(optimizer.lr()).isCloseTo(OptimGoldenTest.rate(name, 21), within(1e-12));
  }

  @Test
  void swalr() {
    swalr("cos", s -> s);
    swalr("linear", s -> s.anneal(SWALR.Anneal.LINEAR).annealEpochs(4));
    swalr("none", s -> s.annealEpochs(0));
  }

  private static void swalr(String name, UnaryOperator<SWALR> options) {
    SGD optimizer = new SGD(List.of(OptimGoldenTest.start()), 0.7);
    ExponentialLR first = new ExponentialLR(optimizer, 0.9);
    for (int i = 0; i < 3; i++) {
      first.step();
    }
    SWALR scheduler = options.apply(new SWALR(optimizer, 0.05));
    List<?> rates = (List<?>) golden("swalr").get(name);
    for (int t = 0; t < rates.size(); t++) {
      assertThat(optimizer.lr())
          .as(name + " at " + t)
          .isCloseTo(((Number) rates.get(t)).doubleValue(), within(1e-12));
      if (t == 5) {
        SWALR next = options.apply(new SWALR(optimizer, 0.05));
        next.loadStateDict(scheduler.stateDict());
        scheduler = next;
      }
      scheduler.step();
    }
  }

  @Test
  void refusesWhatIsNoState() {
    Adam adam = new Adam(List.of(OptimGoldenTest.start()));
    assertThatThrownBy(() -> OptimizerState.of(Map.of("model", 1)))
        .hasMessage("an optimizer's state has 'state' and 'param_groups', this has [model]");
    assertThatThrownBy(
            () -> OptimizerState.of(Map.of("state", Map.of("a", 1), "param_groups", List.of())))
        .hasMessageContaining("by numbers of parameters, this is by [a]");
    assertThatThrownBy(
            () ->
                adam.loadStateDict(
                    OptimizerState.of(
                        Map.of(
                            "state",
                            Map.of(),
                            "param_groups",
                            List.of(Map.of("params", List.of(0L), "lr", "fast"))))))
        .hasMessage("the saved option 'lr' is fast, where this optimizer has 0.001");
    assertThatThrownBy(() -> adam.paramGroups().get(0).names(List.of("a", "b")))
        .hasMessage("2 names for the 1 parameters of a group");
  }

  @Test
  void averages() {
    for (String name : List.of("swa", "swa with buffers", "ema")) {
      AveragedModelCheck.check(name, golden("averages", name));
    }
  }

  /** Over a layer with the names of PyTorch's, whose buffers are those of a batch norm. */
  private static final class AveragedModelCheck {
    private AveragedModelCheck() {}

    private static Layer layer() {
      Sequential out = new Sequential(new Linear(2, 2), new Affine());
      out.to(DType.FLOAT64);
      return out;
    }

    static void check(String name, Map<?, ?> golden) {
      Layer model = layer();
      AveragedModel averaged = new AveragedModel(model, AveragedModelCheck::layer);
      if (name.equals("ema")) {
        averaged.ema(0.9);
      } else if (name.equals("swa with buffers")) {
        averaged.buffers(AveragedModel.Buffers.AVERAGED);
      }
      for (Object state : (List<?>) golden.get("states")) {
        model.loadStateDict(named((Map<?, ?>) state));
        averaged.updateParameters(model);
      }
      Map<String, Tensor> expected = named((Map<?, ?>) golden.get("averaged"));
      assertThat(averaged.stateDict().keySet()).isEqualTo(expected.keySet());
      expected.forEach((key, t) -> near(name + " " + key, averaged.stateDict().get(key), t));
      averaged.loadStateDict(expected);
    }

    private static Map<String, Tensor> named(Map<?, ?> state) {
      Map<String, Tensor> out = new LinkedHashMap<>();
      List<Object> names = new ArrayList<>(state.keySet());
      names.forEach(key -> out.put((String) key, (Tensor) state.get(key)));
      return out;
    }
  }

  private static final class Affine extends Layer {
    private final Tensor weight = register("weight", Tensor.ones(Shape.of(2)));
    private final Tensor bias = register("bias", Tensor.ones(Shape.of(2)));
    private final Tensor mean = registerBuffer("running_mean", Tensor.ones(Shape.of(2)));
    private final Tensor var = registerBuffer("running_var", Tensor.ones(Shape.of(2)));
    private final Tensor count =
        registerBuffer("num_batches_tracked", Tensor.zeros(Shape.SCALAR, DType.INT64));

    @Override
    public Tensor forward(Tensor x) {
      return x.sub(mean).div(var).mul(weight).add(bias).add(count);
    }
  }
}
