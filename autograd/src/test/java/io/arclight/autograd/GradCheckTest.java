package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.nn.Functional;
import io.arclight.nn.Reduction;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class GradCheckTest {
  private static final Generator RANDOM = new Generator(3);

  private record Case(Function<Tensor[], Tensor> function, Shape... shapes) {
    Tensor[] inputs() {
      Tensor[] out = new Tensor[shapes.length];
      for (int i = 0; i < out.length; i++) {
        out[i] = RANDOM.normal(shapes[i], DType.FLOAT64, Device.CPU).requiresGrad(true);
      }
      return out;
    }
  }

  private static Map<String, Case> cases() {
    Map<String, Case> out = new LinkedHashMap<>();
    out.put(
        "mlp",
        new Case(
            x -> Functional.linear(Functional.linear(x[0], x[1], x[2]).gelu(), x[3], null).tanh(),
            Shape.of(3, 4),
            Shape.of(5, 4),
            Shape.of(5),
            Shape.of(2, 5)));
    out.put(
        "linear over three dimensions",
        new Case(
            x -> Functional.linear(x[0], x[1], x[2]),
            Shape.of(2, 3, 4),
            Shape.of(5, 4),
            Shape.of(5)));
    out.put(
        "layer norm",
        new Case(
            x -> x[0].layerNorm(x[1], x[2], 1e-5).silu(),
            Shape.of(3, 5),
            Shape.of(5),
            Shape.of(5)));
    out.put(
        "attention",
        new Case(
            x -> x[0].matmul(x[1].transpose(1, 2)).div(2).softmax(-1).matmul(x[2]),
            Shape.of(2, 3, 4),
            Shape.of(2, 3, 4),
            Shape.of(2, 3, 4)));
    out.put(
        "cross entropy",
        new Case(x -> Functional.crossEntropy(x[0], Tensor.of(0L, 2L, 1L)), Shape.of(3, 4)));
    out.put(
        "binary cross entropy",
        new Case(
            x ->
                Functional.binaryCrossEntropyWithLogits(
                    x[0], Tensor.of(new double[] {0, 1, 0.3, 1}, Shape.of(4)), Reduction.SUM),
            Shape.of(4)));
    out.put(
        "embedding",
        new Case(
            x -> Functional.embedding(Tensor.of(new long[] {1, 1, 0, 2}, Shape.of(2, 2)), x[0]),
            Shape.of(3, 2)));
    out.put(
        "slices and broadcasts",
        new Case(
            x ->
                Tensor.cat(1, x[0].slice(1, 1, 4, 2), x[1].expand(3, 2))
                    .mul(x[1])
                    .permute(1, 0)
                    .sum(Dim.of(0), Dim.Keep.KEEP),
            Shape.of(3, 4),
            Shape.of(3, 1)));
    return out;
  }

  @TestFactory
  Stream<DynamicTest> firstOrder() {
    return cases().entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey(),
                    () -> {
                      try (Scope scope = Scope.open()) {
                        GradCheck.check(e.getValue().function(), e.getValue().inputs());
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> secondOrder() {
    return cases().entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey(),
                    () -> {
                      try (Scope scope = Scope.open()) {
                        GradCheck.checkSecond(e.getValue().function(), e.getValue().inputs());
                      }
                    }));
  }

  @Test
  void findsAWrongGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(1.0, 2.0).requiresGrad(true);
      assertThatThrownBy(() -> GradCheck.check(in -> halfDetached(in[0]), x))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("element 0 of input 0");
    }
  }

  private static Tensor halfDetached(Tensor x) {
    try (Context.Restore mode = Autograd.enableGrad()) {
      return x.mul(x.detach());
    }
  }

  @Test
  void fastModeAgreesAndFinds() {
    try (Scope scope = Scope.open()) {
      GradCheck fast = GradCheck.standard().fast();
      cases()
          .values()
          .forEach(
              c -> {
                TensorsFunction f = in -> new Tensor[] {c.function().apply(in)};
                fast.gradcheck(f, c.inputs());
                fast.gradgradcheck(f, c.inputs());
              });
      Tensor x = Tensor.of(1.0, 2.0).requiresGrad(true);
      assertThat(fast.gradcheckProblem(in -> new Tensor[] {halfDetached(in[0])}, x).get())
          .contains("output 0 for input 0 (shape [2]), projected");
    }
  }

  @Test
  void everyOutputIsChecked() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(1.0, 2.0).requiresGrad(true);
      GradCheck check = GradCheck.standard();
      check.gradcheck(in -> new Tensor[] {in[0].sin(), in[0].argmax(0), in[0].exp().sum()}, x);
      check.gradgradcheck(in -> new Tensor[] {in[0].sin(), in[0].exp().sum()}, x);
      assertThat(
              check
                  .gradcheckProblem(in -> new Tensor[] {in[0].sin(), halfDetached(in[0])}, x)
                  .get())
          .contains("gradient of output 1 element 0 for element 0 of input 0");
      assertThat(check.gradcheckProblem(in -> new Tensor[] {in[0].detach().square()}, x))
          .as("a gradient that is missing")
          .isPresent();
    }
  }

  @Test
  void optionsAreHeeded() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(0.3, 0.4).requiresGrad(true);
      TensorsFunction nearly = in -> new Tensor[] {new Scaled(1.0001).apply(in[0])};
      assertThat(GradCheck.standard().gradcheckProblem(nearly, x)).isEmpty();
      assertThat(GradCheck.standard().tolerance(1e-7, 1e-7).gradcheckProblem(nearly, x))
          .isPresent();
      assertThat(
              GradCheck.standard().eps(0.5).gradcheckProblem(in -> new Tensor[] {in[0].exp()}, x))
          .as("a step that is too long")
          .isPresent();
      assertThatThrownBy(() -> GradCheck.check(in -> in[0], Tensor.of(1f).requiresGrad(true)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("float64");
      assertThatThrownBy(() -> GradCheck.check(in -> in[0], Tensor.of(1.0)))
          .hasMessageContaining("no input");
      Tensor transposed = RANDOM.normal(Shape.of(3, 2), DType.FLOAT64, Device.CPU).t();
      GradCheck.check(in -> in[0].matmul(in[0].t()), transposed.requiresGrad(true));
    }
  }

  /** The identity with a gradient that is a little off, by another factor each time if asked. */
  private static final class Scaled extends io.arclight.autograd.Function {
    private double factor;
    private final double growth;

    Scaled(double factor) {
      this(factor, 1);
    }

    Scaled(double factor, double growth) {
      this.factor = factor;
      this.growth = growth;
    }

    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      return new Tensor[] {in[0].copy()};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      factor *= growth;
      return new Tensor[] {grads[0].mul(factor)};
    }
  }

  @Test
  void findsWhatIsNotDeterministic() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(0.3, 0.4).requiresGrad(true);
      TensorsFunction drifting = in -> new Tensor[] {new Scaled(1, 1 + 1e-9).apply(in[0])};
      assertThat(GradCheck.standard().gradcheckProblem(drifting, x).get())
          .contains("not deterministic");
      assertThat(GradCheck.standard().nondetTol(1e-6).gradcheckProblem(drifting, x)).isEmpty();
    }
  }

  /** Its batching rule for backward forgets the second half. */
  private static final class Unbatched extends io.arclight.autograd.Function {
    @Override
    protected Tensor[] forward(FunctionContext ctx, Tensor... in) {
      return new Tensor[] {in[0].mul(2)};
    }

    @Override
    protected Tensor[] backward(FunctionContext ctx, Tensor... grads) {
      boolean inside = Context.current().vmap() != null;
      return new Tensor[] {grads[0].mul(inside ? 3 : 2)};
    }
  }

  @Test
  void findsWrongBatching() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(0.3, 0.4).requiresGrad(true);
      TensorsFunction wrong = in -> new Tensor[] {new Unbatched().apply(in[0])};
      assertThat(GradCheck.standard().gradcheckProblem(wrong, x)).isEmpty();
      assertThat(GradCheck.standard().checkBatchedGrad().gradcheckProblem(wrong, x).get())
          .contains("inside vmap");
      GradCheck.standard()
          .checkBatchedGrad()
          .gradcheck(in -> new Tensor[] {in[0].softmax(0).log()}, x);
    }
  }
}
