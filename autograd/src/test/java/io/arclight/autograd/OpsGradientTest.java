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

  /** A sample as a function of its real inputs to all of its outputs. */
  record Differentiable(Function<Tensor[], Tensor[]> outputs, Tensor[] inputs, long elements) {
    /** The weighted sum of the first output. */
    Tensor first(Tensor... x) {
      Tensor first = outputs.apply(x)[0];
      return first.mul(weights(first, x[0].dtype())).sum();
    }

    /** The weighted sum of {@code count} outputs, of complex numbers of both parts. */
    Tensor sum(int count, Tensor... x) {
      return Arrays.stream(outputs.apply(x), 0, count)
          .filter(t -> t.dtype().isDifferentiable())
          .map(t -> t.isComplex() ? t.viewAsReal() : t)
          .map(t -> t.mul(weights(t, t.dtype())).sum())
          .reduce(Tensor::add)
          .orElseThrow();
    }

    private static Tensor weights(Tensor t, DType dtype) {
      return new Generator(5).uniform(t.shape(), dtype, Device.CPU).add(0.5);
    }
  }

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
                return s.run(all);
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
          GradCheck.check(d::first, wanting(d.inputs));
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
          GradCheck.checkSecond(d::first, wanting(d.inputs));
        }
      }
    }
  }

  /** Rules may have a form of their own where their operations are recorded. */
  @ParameterizedTest
  @MethodSource("operations")
  void recordedGradientsAreTheSame(OpInfo info) {
    recordedAgree(info, DType.FLOAT64);
  }

  @ParameterizedTest
  @MethodSource("complexOperations")
  void recordedComplexGradientsAreTheSame(OpInfo info) {
    recordedAgree(info, DType.COMPLEX128);
  }

  private static void recordedAgree(OpInfo info, DType dtype) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, dtype)) {
        int count = taking(d);
        List<double[]> expected = gradients(d, count, GraphUse.RELEASE);
        List<double[]> actual = gradients(d, count, GraphUse.CREATE);
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

  /** How many outputs take a gradient: the last may be what the rule of the first reads. */
  private static int taking(Differentiable d) {
    int count = d.outputs.apply(d.inputs).length;
    while (count > 1 && refuses(d, count)) {
      count--;
    }
    return count;
  }

  private static boolean refuses(Differentiable d, int count) {
    try {
      gradients(d, count, GraphUse.RELEASE);
      return false;
    } catch (IllegalStateException e) {
      return e.getMessage().contains("no gradient");
    }
  }

  private static List<double[]> gradients(Differentiable d, int count, GraphUse graph) {
    Tensor[] inputs = wanting(d.inputs);
    GradOptions options = GradOptions.standard().graph(graph).allowUnused();
    Tensor sum = d.sum(count, inputs);
    return Arrays.stream(Autograd.grad(List.of(sum), List.of(inputs), options))
        .map(g -> g == null ? new double[0] : doubles(g.detach()))
        .toList();
  }

  private static double[] doubles(Tensor t) {
    return (t.isComplex() ? t.viewAsReal() : t).toDoubles();
  }

  @ParameterizedTest
  @MethodSource("complexOperations")
  void complexGradients(OpInfo info) {
    try (Scope scope = Scope.open()) {
      for (Differentiable d : functions(info, DType.COMPLEX128)) {
        if (d.elements <= LARGEST) {
          GradCheck.check(d::first, wanting(d.inputs));
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
          GradCheck.checkSecond(d::first, wanting(d.inputs));
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
