package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.SampleInputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of halves are halves, close to those of the same values in float64. */
@Timeout(120)
class HalfGradientsTest {
  /** Of the dtype's precision, relative to the greatest gradient of a tensor. */
  private static final double ULPS = 8;

  private static final double INFINITY = Double.POSITIVE_INFINITY;

  record Case(OpInfo info, DType dtype) {
    @Override
    public String toString() {
      return info.name() + " " + dtype;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(DType.FLOAT16, DType.BFLOAT16)
        .flatMap(
            t ->
                Ops.all().stream()
                    .filter(i -> i.dtypes().containsAll(Set.of(t, DType.FLOAT64)))
                    .map(i -> new Case(i, t)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsKeepTheDType(Case c) {
    try (Scope scope = Scope.open()) {
      for (Sample s : c.info.samples().apply(new SampleInputs(c.dtype, Device.CPU))) {
        if (!s.differentiable() || !s.smooth()) {
          continue;
        }
        Tensor[] half = inputs(s, c.dtype, c.dtype);
        Tensor[] wide = inputs(s, c.dtype, DType.FLOAT64);
        Tensor[] actual = gradients(s, half, c.dtype);
        Tensor[] expected = gradients(s, wide, c.dtype);
        for (int i = 0; i < actual.length; i++) {
          if (expected[i] == null) {
            assertThat(actual[i]).isNull();
            continue;
          }
          assertThat(actual[i].dtype()).as(s.toString()).isEqualTo(c.dtype);
          double[] a = actual[i].toDoubles();
          double[] e = expected[i].toDoubles();
          double greatest = Arrays.stream(e).map(Math::abs).max().orElse(0);
          for (int j = 0; j < e.length; j++) {
            if (Math.abs(e[j]) >= c.dtype.finfo().max()) {
              assertThat(a[j]).as("%s, input %d at %d", s, i, j).isEqualTo(e[j] * INFINITY);
              continue;
            }
            assertThat(Math.abs(a[j] - e[j]))
                .as("%s, input %d at %d: %s for %s", s, i, j, a[j], e[j])
                .isLessThanOrEqualTo(ULPS * c.dtype.finfo().eps() * greatest);
          }
        }
      }
    }
  }

  /**
   * Those that are halves as {@code to}; others, such as weights of float32, where that is wider.
   */
  private static Tensor[] inputs(Sample s, DType half, DType to) {
    return s.inputs().stream()
        .map(
            t ->
                t.dtype() == half
                    ? t.to(to).copy().requiresGrad(true)
                    : t.dtype().isFloatingPoint() && to != half ? t.to(to) : t)
        .toArray(Tensor[]::new);
  }

  private static Tensor[] gradients(Sample s, Tensor[] inputs, DType weightsAs) {
    Tensor out = s.run(inputs)[0];
    List<Tensor> wanted = new ArrayList<>(List.of(inputs));
    wanted.removeIf(t -> !t.requiresGrad());
    if (!out.requiresGrad()) {
      return new Tensor[0];
    }
    Tensor weights =
        new Generator(5).uniform(out.shape(), DType.FLOAT64, Device.CPU).add(0.5).to(weightsAs);
    return Autograd.grad(
        List.of(out),
        wanted,
        GradOptions.standard().allowUnused().gradOutputs(weights.to(out.dtype())));
  }
}
