package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.SampleInputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** First and second derivatives of every operation against differences, from its samples. */
@Timeout(120)
class OpsGradientTest {
  private static final long LARGEST = 130;
  private static final long LARGEST_SECOND = 30;

  /** A sample as a function of its real inputs to a weighted sum of its real outputs. */
  record Differentiable(Function<Tensor[], Tensor> function, Tensor[] inputs, long elements) {}

  static Stream<OpInfo> operations() {
    return Ops.all().stream().filter(i -> i.dtypes().contains(DType.FLOAT64));
  }

  static Stream<OpInfo> complexOperations() {
    // Without float64 are those that have no gradients.
    return Ops.all().stream()
        .filter(i -> i.dtypes().contains(DType.COMPLEX128))
        .filter(i -> i.dtypes().contains(DType.FLOAT64) || !i.dtypes().contains(DType.FLOAT32));
  }

  static List<Differentiable> functions(OpInfo info, DType dtype) {
    List<Differentiable> out = new ArrayList<>();
    for (Sample s : info.samples().apply(new SampleInputs(dtype, Device.CPU))) {
      List<Integer> real = new ArrayList<>();
      long elements = 0;
      for (int i = 0; i < s.inputs().size(); i++) {
        if (s.inputs().get(i).dtype() == dtype) {
          real.add(i);
          elements += s.inputs().get(i).elements();
        }
      }
      if (!s.differentiable() || real.isEmpty() || elements == 0) {
        continue;
      }
      Tensor[] inputs =
          real.stream().map(i -> s.inputs().get(i).detach().copy()).toArray(Tensor[]::new);
      out.add(
          new Differentiable(
              x -> {
                Tensor[] all = s.inputs().toArray(new Tensor[0]);
                for (int i = 0; i < x.length; i++) {
                  all[real.get(i)] = x[i];
                }
                Tensor first = s.run(all)[0];
                Tensor weights =
                    new Generator(5).uniform(first.shape(), dtype, Device.CPU).add(0.5);
                return first.mul(weights).sum();
              },
              inputs,
              elements));
    }
    return out;
  }

  @ParameterizedTest
  @MethodSource("operations")
  void gradients(OpInfo info) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, DType.FLOAT64)) {
        if (d.elements <= LARGEST) {
          GradCheck.check(d.function, wanting(d.inputs));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void gradientsOfGradients(OpInfo info) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, DType.FLOAT64)) {
        if (d.elements <= LARGEST_SECOND) {
          GradCheck.checkSecond(d.function, wanting(d.inputs));
        }
      }
    }
  }

  /** Rules may have a form of their own where their operations are recorded. */
  @ParameterizedTest
  @MethodSource("operations")
  void recordedGradientsAreTheSame(OpInfo info) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, DType.FLOAT64)) {
        List<double[]> expected = gradients(d, GraphUse.RELEASE);
        List<double[]> actual = gradients(d, GraphUse.CREATE);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(actual.get(i)).hasSameSizeAs(expected.get(i));
          for (int k = 0; k < expected.get(i).length; k++) {
            double e = expected.get(i)[k];
            assertThat((Double) actual.get(i)[k])
                .as("gradient of input " + i + " at " + k)
                .satisfies(
                    a -> {
                      if (Double.isFinite(e)) {
                        assertThat(a).isCloseTo(e, within(1e-9 * (1 + Math.abs(e))));
                      } else {
                        assertThat(a).isEqualTo((Double) e);
                      }
                    });
          }
        }
      }
    }
  }

  private static List<double[]> gradients(Differentiable d, GraphUse graph) {
    Tensor[] inputs = wanting(d.inputs);
    GradOptions options = GradOptions.standard().graph(graph).allowUnused();
    Tensor sum = d.function.apply(inputs);
    return Arrays.stream(Autograd.grad(List.of(sum), List.of(inputs), options))
        .map(g -> g == null ? new double[0] : g.detach().toDoubles())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("complexOperations")
  void complexGradients(OpInfo info) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, DType.COMPLEX128)) {
        if (d.elements <= LARGEST) {
          GradCheck.check(d.function, wanting(d.inputs));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("complexOperations")
  void complexGradientsOfGradients(OpInfo info) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, DType.COMPLEX128)) {
        if (d.elements <= LARGEST_SECOND) {
          GradCheck.checkSecond(d.function, wanting(d.inputs));
        }
      }
    }
  }

  static Tensor[] wanting(Tensor[] inputs) {
    for (Tensor t : inputs) {
      t.requiresGrad(true);
    }
    assertThat(inputs).isNotEmpty();
    return inputs;
  }
}
