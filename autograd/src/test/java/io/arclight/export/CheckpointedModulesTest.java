package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.Sequential;
import io.arclight.nn.Tanh;
import io.arclight.nn.utils.Parametrizations;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every module gives the same outputs, gradients and buffers when it is computed again. */
@Timeout(120)
class CheckpointedModulesTest {
  static Stream<ServedCase<?>> cases() {
    return ServedModulesTest.cases();
  }

  @ParameterizedTest
  @MethodSource("cases")
  <M extends Module> void sameStep(ServedCase<M> served) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> in = new LinkedHashMap<>(served.rows(3));
      M model = served.create().get();
      // Lazy layers learn their sizes.
      run(served, model, in);
      Map<String, Tensor> state = new LinkedHashMap<>();
      model.stateDict().forEach((name, value) -> state.put(name, value.copy()));
      Map<String, double[]> expected = step(served, model, in, state, part -> false);
      assertSame(step(served, model, in, state, part -> part == model), expected);
      assertSame(step(served, model, in, state, part -> part != model), expected);
    }
  }

  private static void assertSame(Map<String, double[]> found, Map<String, double[]> expected) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach((name, values) -> assertThat(found.get(name)).as(name).isEqualTo(values));
  }

  private static <M extends Module> Map<String, Tensor> run(
      ServedCase<M> served, M model, Map<String, Tensor> in) {
    try (Context.Restore stream = Context.current().generator(new Generator(5))) {
      return served.run(model, in);
    }
  }

  /** Outputs, then gradients and buffers after a backward in training. */
  private static <M extends Module> Map<String, double[]> step(
      ServedCase<M> served,
      M model,
      Map<String, Tensor> inputs,
      Map<String, Tensor> state,
      Predicate<Module> parts) {
    Map<String, Tensor> in = new LinkedHashMap<>();
    inputs.forEach(
        (name, x) ->
            in.put(name, x.dtype() == DType.INT64 ? x : x.detach().copy().requiresGrad(true)));
    model.loadStateDict(state);
    model.zeroGrad();
    model.activationCheckpointing(parts);
    Map<String, double[]> out = new LinkedHashMap<>();
    Tensor loss = null;
    for (Map.Entry<String, Tensor> result : run(served, model, in).entrySet()) {
      Tensor y = result.getValue();
      out.put("output " + result.getKey(), y.toDoubles());
      if (y.requiresGrad()) {
        Tensor squares = y.square().sum();
        loss = loss == null ? squares : loss.add(squares);
      }
    }
    if (loss != null) {
      loss.backward();
    }
    in.forEach((name, x) -> put(out, "gradient of " + name, x.grad()));
    model.namedParameters().forEach((name, p) -> put(out, "gradient of " + name, p.grad()));
    model.namedBuffers().forEach((name, b) -> put(out, "buffer " + name, b));
    return out;
  }

  private static void put(Map<String, double[]> out, String name, Tensor value) {
    if (value != null) {
      out.put(name, value.toDoubles());
    }
  }

  /** What counts calls or goes a step on in each counts a step once. */
  @Test
  void statisticsMoveOnce() {
    try (Scope scope = Scope.open()) {
      Linear linear = new Linear(4, 4);
      Parametrizations.spectralNorm(linear);
      Sequential model = new Sequential(linear, new BatchNorm1d(4));
      model.activationCheckpointing(part -> part == model);
      Tensor x = Tensor.randn(Shape.of(5, 4)).requiresGrad(true);
      Tensor y = model.call(x).square().sum();
      Map<String, double[]> before = buffers(model);
      y.backward();
      assertThat(model.namedBuffers().get("1.num_batches_tracked").item()).isEqualTo(1);
      before.forEach((name, values) -> assertThat(buffers(model).get(name)).isEqualTo(values));
      assertThat(x.grad()).isNotNull();
    }
  }

  private static Map<String, double[]> buffers(Module model) {
    Map<String, double[]> out = new LinkedHashMap<>();
    model.namedBuffers().forEach((name, b) -> put(out, name, b));
    return out;
  }

  @Test
  void onlyTrainingIsComputedAgain() {
    try (Scope scope = Scope.open()) {
      int[] calls = new int[1];
      Linear linear = new Linear(2, 2);
      linear.registerForwardHook(
          (module, in, out) -> {
            calls[0]++;
            return null;
          });
      Sequential model = new Sequential(linear, new Tanh());
      model.activationCheckpointing(part -> part == model);
      model.call(Tensor.ones(Shape.of(1, 2))).sum().backward();
      assertThat(calls[0]).as("in training").isEqualTo(2);
      model.eval();
      model.call(Tensor.ones(Shape.of(1, 2))).sum().backward();
      assertThat(calls[0]).as("in evaluation").isEqualTo(3);
      model.train();
      model.activationCheckpointing(part -> false);
      model.call(Tensor.ones(Shape.of(1, 2))).sum().backward();
      assertThat(calls[0]).as("switched off").isEqualTo(4);
    }
  }
}
