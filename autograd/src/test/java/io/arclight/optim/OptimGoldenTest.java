package io.arclight.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Optimizers and schedulers against what PyTorch gave ({@code pytorch.json}, written by {@code
 * it/oracle/optim.py}).
 */
@Timeout(60)
class OptimGoldenTest {
  private static final int STEPS = 50;
  private static final Shape SHAPE = Shape.of(3, 4);
  private static final JsonNode GOLDEN = read();

  private static JsonNode read() {
    try (InputStream in = OptimGoldenTest.class.getResourceAsStream("pytorch.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Map<String, Function<List<Tensor>, Optimizer>> optimizers() {
    Map<String, Function<List<Tensor>, Optimizer>> out = new LinkedHashMap<>();
    out.put("sgd", p -> new SGD(p, 0.1).momentum(0.9).nesterov().weightDecay(0.01));
    out.put("sgd maximize", p -> new SGD(p, 0.1).momentum(0.5).dampening(0.2).maximize());
    out.put("adam", p -> new Adam(p, 0.01).betas(0.8, 0.95).eps(1e-4).weightDecay(0.1));
    out.put("adam amsgrad", p -> new Adam(p, 0.05).amsgrad());
    out.put("adamw", p -> new AdamW(p, 0.01));
    out.put(
        "adagrad",
        p -> new Adagrad(p, 0.1).lrDecay(0.01).weightDecay(0.02).initialAccumulatorValue(0.3));
    out.put("rmsprop", p -> new RMSprop(p, 0.01).weightDecay(0.1));
    out.put("rmsprop momentum", p -> new RMSprop(p, 0.01).alpha(0.9).momentum(0.7));
    out.put("rmsprop centered", p -> new RMSprop(p, 0.01).centered());
    out.put("rmsprop both", p -> new RMSprop(p, 0.01).centered().momentum(0.9).eps(1e-3));
    out.put("adamax", p -> new Adamax(p, 0.02).betas(0.8, 0.99).weightDecay(0.1));
    out.put("nadam", p -> new NAdam(p, 0.02).weightDecay(0.1));
    out.put(
        "nadam decoupled",
        p -> new NAdam(p, 0.02).weightDecay(0.1).momentumDecay(0.01).decoupledWeightDecay());
    out.put("radam", p -> new RAdam(p, 0.02).weightDecay(0.1));
    out.put(
        "radam decoupled",
        p -> new RAdam(p, 0.02).betas(0.8, 0.9).weightDecay(0.1).decoupledWeightDecay());
    out.put("adadelta", p -> new Adadelta(p, 0.5).rho(0.8).weightDecay(0.1));
    out.put("asgd", p -> new ASGD(p, 0.05).t0(10).lambd(1e-3).weightDecay(0.1));
    out.put("rprop", p -> new Rprop(p, 0.02).etas(0.4, 1.3).stepSizes(1e-4, 0.3));
    out.put("adafactor", p -> new Adafactor(p, 0.05).weightDecay(0.1));
    out.put(
        "adafactor options",
        p -> new Adafactor(p, 0.3).beta2Decay(-0.5).eps(1e-5, 1e-2).clippingThreshold(1.3));
    out.put("muon", p -> new Muon(p, 0.02));
    out.put(
        "muon options",
        p ->
            new Muon(p, 0.05)
                .weightDecay(0.3)
                .momentum(0.8)
                .noNesterov()
                .iterations(3)
                .matchAdamW());
    return out;
  }

  static Stream<String> optimizerNames() {
    return optimizers().keySet().stream();
  }

  static Tensor start() {
    return Tensor.arange(0, 12, 1, DType.FLOAT64, io.arclight.tensor.Device.CPU)
        .cos()
        .reshape(SHAPE)
        .requiresGrad(true);
  }

  private static void steps(Optimizer optimizer, Tensor parameter, int from, int to) {
    for (int t = from; t <= to; t++) {
      parameter.grad(gradient(t));
      optimizer.step();
      optimizer.zeroGrad();
    }
  }

  static Tensor gradient(int t) {
    double[] g = new double[12];
    for (int i = 0; i < g.length; i++) {
      g[i] = Math.sin(1 + i * 0.7 + t * 1.3);
    }
    return Tensor.of(g, SHAPE).keep();
  }

  @Test
  void everyGoldenCaseIsTested() {
    assertThat(names(GOLDEN.get("optimizers"))).containsExactlyElementsOf(optimizers().keySet());
    assertThat(names(GOLDEN.get("schedulers"))).containsExactlyElementsOf(schedulers().keySet());
  }

  private static List<String> names(JsonNode node) {
    List<String> out = new ArrayList<>();
    node.fieldNames().forEachRemaining(out::add);
    return out;
  }

  @ParameterizedTest
  @MethodSource("optimizerNames")
  void optimizerGivesPyTorchsNumbers(String name) {
    try (Scope scope = Scope.open()) {
      Tensor parameter = start();
      Optimizer optimizer = optimizers().get(name).apply(List.of(parameter));
      steps(optimizer, parameter, 1, STEPS);
      JsonNode golden = GOLDEN.get("optimizers").get(name);
      close(name, golden.get("parameter"), parameter.toDoubles());
      Map<String, Tensor> state = optimizer.stateDict().state().get(0);
      assertThat(state.keySet())
          .containsExactlyInAnyOrderElementsOf(
              Stream.concat(Stream.of("step"), names(golden.get("state")).stream()).toList());
      golden
          .get("state")
          .fields()
          .forEachRemaining(
              e -> close(name + " " + e.getKey(), e.getValue(), state.get(e.getKey()).toDoubles()));
    }
  }

  /** A matrix of more rows than columns, which is iterated transposed. */
  @Test
  void muonOfATallMatrix() {
    try (Scope scope = Scope.open()) {
      Shape tall = Shape.of(6, 2);
      Tensor parameter = start().detach().reshape(tall).copy().requiresGrad(true);
      Muon optimizer = new Muon(List.of(parameter), 0.02);
      for (int t = 1; t <= STEPS; t++) {
        parameter.grad(gradient(t).reshape(tall));
        optimizer.step();
      }
      close("muon tall", GOLDEN.get("muon tall").get("parameter"), parameter.toDoubles());
    }
  }

  /** Options that PyTorch's own state has too, so that its optimizers take ours. */
  @ParameterizedTest
  @MethodSource("optimizerNames")
  void optionsHavePyTorchsNames(String name) {
    Optimizer optimizer = optimizers().get(name).apply(List.of(start()));
    List<String> known = new ArrayList<>();
    GOLDEN.get("optimizers").get(name).get("options").forEach(n -> known.add(n.asText()));
    // Not an option of its group there: it only starts the state.
    known.add("initial_accumulator_value");
    // PyTorch's Muon has no such option.
    known.add("maximize");
    assertThat(known).containsAll(optimizer.stateDict().paramGroups().get(0).keySet());
  }

  @ParameterizedTest
  @MethodSource("optimizerNames")
  void stateContinuesToTheBit(String name) {
    try (Scope scope = Scope.open()) {
      Tensor whole = start();
      steps(optimizers().get(name).apply(List.of(whole)), whole, 1, 20);
      Tensor parts = start();
      Optimizer first = optimizers().get(name).apply(List.of(parts));
      steps(first, parts, 1, 9);
      OptimizerState saved = first.stateDict();
      Optimizer second = optimizers().get(name).apply(List.of(parts));
      second.loadStateDict(OptimizerState.of(saved.tensors(), saved.paramGroups()));
      steps(second, parts, 10, 20);
      assertThat(parts.toDoubles()).isEqualTo(whole.toDoubles());
    }
  }

  private static void close(String what, JsonNode expected, double[] actual) {
    assertThat(actual).as(what).hasSize(expected.size());
    for (int i = 0; i < actual.length; i++) {
      double e = expected.get(i).asDouble();
      assertThat(actual[i]).as(what + " at " + i).isCloseTo(e, within(1e-12 + 1e-10 * Math.abs(e)));
    }
  }

  private static Tensor rosenbrock(Tensor x) {
    Tensor head = x.narrow(0, 0, 3);
    Tensor tail = x.narrow(0, 1, 3);
    return tail.sub(head.square()).square().mul(100).add(head.rsub(1).square()).sum();
  }

  static List<Double> minimise(LBFGS optimizer, Tensor x, int calls) {
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      Tensor loss =
          optimizer.step(
              () -> {
                optimizer.zeroGrad();
                Tensor l = rosenbrock(x);
                l.backward();
                return l;
              });
      losses.add(loss.item());
    }
    return losses;
  }

  private static Tensor valley() {
    return Tensor.of(-1.2, 1.0, 0.7, -0.4).requiresGrad(true);
  }

  @Test
  void lbfgsGivesPyTorchsNumbers() {
    try (Scope scope = Scope.open()) {
      Tensor x = valley();
      List<Double> losses =
          minimise(new LBFGS(List.of(x), 0.002).maxIterations(6).historySize(3), x, 3);
      JsonNode golden = GOLDEN.get("lbfgs").get("none");
      close("parameter", golden.get("parameter"), x.toDoubles());
      close("losses", golden.get("losses"), losses.stream().mapToDouble(d -> d).toArray());
    }
  }

  /** Line searches differ in where they try, not in where they end. */
  @Test
  void lbfgsFindsTheMinimum() {
    try (Scope scope = Scope.open()) {
      Tensor x = valley();
      LBFGS optimizer =
          new LBFGS(List.of(x))
              .lineSearch(LBFGS.LineSearch.STRONG_WOLFE)
              .maxIterations(60)
              .toleranceChange(1e-14);
      minimise(optimizer, x, 2);
      optimizer.zeroGrad();
      Tensor loss = rosenbrock(x);
      loss.backward();
      double worst = GOLDEN.get("lbfgs").get("strong_wolfe").get("losses").get(3).asDouble();
      assertThat(loss.item()).isLessThanOrEqualTo(worst + 1e-9);
      assertThat(x.grad().abs().amax(Dim.ALL, Dim.Keep.DROP).item()).isLessThan(1e-5);
    }
  }

  @Test
  void lbfgsContinuesToTheBit() {
    try (Scope scope = Scope.open()) {
      Function<Tensor, LBFGS> make =
          p -> new LBFGS(List.of(p), 0.002).maxIterations(4).historySize(3);
      Tensor whole = valley();
      minimise(make.apply(whole), whole, 4);
      Tensor parts = valley();
      LBFGS first = make.apply(parts);
      minimise(first, parts, 2);
      OptimizerState saved = first.stateDict();
      LBFGS second = make.apply(parts);
      second.loadStateDict(OptimizerState.of(saved.tensors(), saved.paramGroups()));
      minimise(second, parts, 2);
      assertThat(parts.toDoubles()).isEqualTo(whole.toDoubles());
    }
  }

  static Map<String, Function<Optimizer, LRScheduler>> schedulers() {
    Map<String, Function<Optimizer, LRScheduler>> out = new LinkedHashMap<>();
    out.put("step", o -> new StepLR(o, 7, 0.3));
    out.put("multi step", o -> new MultiStepLR(o, List.of(3L, 9L, 9L, 20L), 0.5));
    out.put("constant", o -> new ConstantLR(o, 0.25, 6));
    out.put("linear", o -> new LinearLR(o, 0.2, 0.9, 8));
    out.put("exponential", o -> new ExponentialLR(o, 0.93));
    out.put("polynomial", o -> new PolynomialLR(o, 12, 2));
    out.put("lambda", o -> new LambdaLR(o, e -> 1.0 / (1 + e)));
    out.put("multiplicative", o -> new MultiplicativeLR(o, e -> 1 - 0.01 * e));
    out.put("cosine", o -> new CosineAnnealingLR(o, 10, 0.01));
    out.put("cosine restarts", o -> new CosineAnnealingWarmRestarts(o, 5, 2, 0.01));
    out.put("one cycle", o -> new OneCycleLR(o, 1.5, 41));
    out.put(
        "one cycle linear",
        o ->
            new OneCycleLR(o, 1.5, 41)
                .riseShare(0.4)
                .anneal(OneCycleLR.Anneal.LINEAR)
                .threePhase());
    out.put("cyclic", o -> new CyclicLR(o, 0.1, 0.8).stepSizes(4, 7));
    out.put(
        "cyclic triangular2",
        o -> new CyclicLR(o, 0.1, 0.8).stepSizes(4, 4).mode(CyclicLR.Mode.TRIANGULAR2));
    out.put("cyclic exp_range", o -> new CyclicLR(o, 0.1, 0.8).stepSizes(4, 4).expRange(0.98));
    out.put(
        "sequential",
        o ->
            new SequentialLR(
                o,
                List.of(
                    new LinearLR(o, 0.1, 1, 5),
                    new ExponentialLR(o, 0.9),
                    new ConstantLR(o, 0.5, 4)),
                List.of(5L, 17L)));
    out.put(
        "chained",
        o ->
            new ChainedScheduler(
                List.of(new ConstantLR(o, 0.1, 4), new ExponentialLR(o, 0.9), new StepLR(o, 6))));
    return out;
  }

  /** PyTorch's rate after {@code step} steps. */
  static double rate(String scheduler, int step) {
    return GOLDEN.get("schedulers").get(scheduler).get("lr").get(step).asDouble();
  }

  static Stream<String> schedulerNames() {
    return schedulers().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("schedulerNames")
  void schedulerGivesPyTorchsRates(String name) {
    SGD optimizer = new SGD(List.of(start()), 0.7).momentum(0.9);
    LRScheduler scheduler = schedulers().get(name).apply(optimizer);
    JsonNode golden = GOLDEN.get("schedulers").get(name);
    double[] rates = new double[golden.get("lr").size()];
    double[] momenta = new double[rates.length];
    Map<String, Object> middle = null;
    for (int i = 0; i < rates.length; i++) {
      rates[i] = optimizer.lr();
      momenta[i] = optimizer.paramGroups().get(0).number("momentum");
      if (i == 20) {
        middle = scheduler.stateDict();
      }
      if (i + 1 < rates.length) {
        scheduler.step();
      }
    }
    close(name, golden.get("lr"), rates);
    close(name, golden.get("momentum"), momenta);

    SGD other = new SGD(List.of(start()), 0.7).momentum(0.9);
    LRScheduler resumed = schedulers().get(name).apply(other);
    resumed.loadStateDict(middle);
    assertThat(other.lr()).isEqualTo(rates[20]);
    resumed.step();
    assertThat(other.lr()).isEqualTo(rates[21]);
  }

  @Test
  void plateausArePyTorchs() {
    plateau("min", ReduceLROnPlateau.Mode.MIN, s -> s.patience(3).factor(0.5).cooldown(2));
    plateau(
        "abs",
        ReduceLROnPlateau.Mode.MIN,
        s ->
            s.patience(1)
                .factor(0.2)
                .threshold(0.01, ReduceLROnPlateau.ThresholdMode.ABSOLUTE)
                .minLr(0.01));
    plateau("max", ReduceLROnPlateau.Mode.MAX, s -> s.patience(5));
  }

  private static void plateau(
      String name, ReduceLROnPlateau.Mode mode, Consumer<ReduceLROnPlateau> set) {
    SGD optimizer = new SGD(List.of(start()), 0.7);
    ReduceLROnPlateau scheduler = new ReduceLROnPlateau(optimizer, mode);
    set.accept(scheduler);
    double[] rates = new double[60];
    for (int t = 0; t < rates.length; t++) {
      if (t == 25) {
        ReduceLROnPlateau next = new ReduceLROnPlateau(optimizer, mode);
        set.accept(next);
        next.loadStateDict(scheduler.stateDict());
        scheduler = next;
      }
      scheduler.step(t < 12 ? 1.0 / (1 + t) : 0.08 + 0.001 * Math.sin(t));
      rates[t] = optimizer.lr();
    }
    close(name, GOLDEN.get("plateau").get(name), rates);
  }
}
