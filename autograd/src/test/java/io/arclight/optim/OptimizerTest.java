package io.arclight.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.nn.utils.ClipGrad;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps against PyTorch's documented algorithms, written down again in plain Java. */
@Timeout(60)
class OptimizerTest {
  private static final int STEPS = 25;
  private static final int SIZE = 37;

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** One step on doubles: parameter, gradient, two states, number of the step from 1. */
  private interface Reference {
    void step(double[] p, double[] g, double[] m, double[] v, int t);
  }

  private static double gradient(int i, int t) {
    return Math.sin(1 + i * 0.7 + t * 1.3);
  }

  private static double[] reference(Reference rule) {
    double[] p = start();
    double[] m = new double[SIZE];
    double[] v = new double[SIZE];
    double[] g = new double[SIZE];
    for (int t = 1; t <= STEPS; t++) {
      for (int i = 0; i < SIZE; i++) {
        g[i] = gradient(i, t);
      }
      rule.step(p, g, m, v, t);
    }
    return p;
  }

  private static double[] start() {
    double[] out = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      out[i] = Math.cos(i);
    }
    return out;
  }

  private static void run(Optimizer optimizer, Tensor parameter, int from, int to) {
    for (int t = from; t <= to; t++) {
      double[] g = new double[SIZE];
      for (int i = 0; i < SIZE; i++) {
        g[i] = gradient(i, t);
      }
      optimizer.zeroGrad();
      parameter.grad(Tensor.of(g).to(parameter.dtype()).keep());
      optimizer.step();
    }
    optimizer.zeroGrad();
  }

  private static void check(Function<List<Tensor>, Optimizer> make, Reference rule) {
    Tensor parameter = Tensor.of(start()).requiresGrad(true);
    run(make.apply(List.of(parameter)), parameter, 1, STEPS);
    double[] expected = reference(rule);
    double[] actual = parameter.toDoubles();
    for (int i = 0; i < SIZE; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-12));
    }
  }

  private static Reference adam(double lr, double b1, double b2, double eps, double wd, double l2) {
    return (p, g, m, v, t) -> {
      for (int i = 0; i < p.length; i++) {
        double grad = g[i] + l2 * p[i];
        p[i] *= 1 - lr * wd;
        m[i] = b1 * m[i] + (1 - b1) * grad;
        v[i] = b2 * v[i] + (1 - b2) * grad * grad;
        double mHat = m[i] / (1 - Math.pow(b1, t));
        double vHat = v[i] / (1 - Math.pow(b2, t));
        p[i] -= lr * mHat / (Math.sqrt(vHat) + eps);
      }
    };
  }

  @Test
  void adam() {
    check(p -> new Adam(p, 1e-2), adam(1e-2, 0.9, 0.999, 1e-8, 0, 0));
    check(
        p -> new Adam(p, 1e-2).betas(0.8, 0.95).eps(1e-4).weightDecay(0.1),
        adam(1e-2, 0.8, 0.95, 1e-4, 0, 0.1));
  }

  @Test
  void adamW() {
    check(p -> new AdamW(p, 1e-2), adam(1e-2, 0.9, 0.999, 1e-8, 0.01, 0));
  }

  private static Reference sgd(
      double lr, double momentum, double dampening, double decay, boolean nesterov) {
    return (p, g, m, v, t) -> {
      for (int i = 0; i < p.length; i++) {
        double grad = g[i] + decay * p[i];
        if (momentum != 0) {
          m[i] = t == 1 ? grad : momentum * m[i] + (1 - dampening) * grad;
          grad = nesterov ? grad + momentum * m[i] : m[i];
        }
        p[i] -= lr * grad;
      }
    };
  }

  @Test
  void sgd() {
    check(p -> new SGD(p, 0.1), sgd(0.1, 0, 0, 0, false));
    check(p -> new SGD(p, 0.1).weightDecay(0.2), sgd(0.1, 0, 0, 0.2, false));
    check(
        p -> new SGD(p, 0.1).momentum(0.9).dampening(0.3).weightDecay(0.01),
        sgd(0.1, 0.9, 0.3, 0.01, false));
    check(p -> new SGD(p, 0.1).momentum(0.9).nesterov(), sgd(0.1, 0.9, 0, 0, true));
  }

  @Test
  void sameBitsInEveryRun() {
    float[][] results = new float[2][];
    for (int r = 0; r < 2; r++) {
      Tensor parameter = Tensor.zeros(Shape.of(SIZE)).requiresGrad(true);
      run(new AdamW(List.of(parameter)), parameter, 1, STEPS);
      results[r] = parameter.toFloats();
    }
    assertThat(results[0]).isEqualTo(results[1]);
  }

  /**
   * Parameters of all kinds: small, large enough for threads, of other dtypes, without gradient.
   */
  private static List<Tensor> manyParameters(Device device) {
    List<Tensor> out = new ArrayList<>();
    for (long size : new long[] {5, 0, 70_001, 1, 300}) {
      for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
        Tensor values = Tensor.arange(1, 1 + 0.25 * size, 0.25, dtype).sin();
        out.add(values.to(device).requiresGrad(true));
      }
    }
    out.add(Tensor.zeros(Shape.of(3, 4), DType.FLOAT32, device).requiresGrad(true));
    return out;
  }

  private static void giveGradients(List<Tensor> parameters, int step) {
    for (int i = 0; i < parameters.size(); i++) {
      Tensor p = parameters.get(i);
      p.grad(null);
      if ((i + step) % 4 == 0) {
        continue;
      }
      Tensor grad =
          Tensor.arange(step, step + 0.5 * p.elements(), 0.5, p.dtype()).cos().to(p.device());
      p.grad(p.rank() == 2 ? grad.reshape(4, 3).t() : grad);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "queue"})
  void allParametersAtOnceGetTheBitsOfEachAlone(String device) {
    List<Function<List<Tensor>, Optimizer>> rules =
        List.of(
            p -> new AdamW(p, 0.1),
            p -> new SGD(p, 0.1).weightDecay(0.01),
            p -> new SGD(p, 0.1).momentum(0.9).dampening(0.2));
    for (Function<List<Tensor>, Optimizer> rule : rules) {
      List<Tensor> together = manyParameters(Device.of(device));
      List<Tensor> apart = manyParameters(Device.of(device));
      Optimizer one = rule.apply(together);
      List<Optimizer> many = apart.stream().map(p -> rule.apply(List.of(p))).toList();
      for (int step = 0; step < 5; step++) {
        giveGradients(together, step);
        giveGradients(apart, step);
        apart.stream().filter(p -> p.grad() != null).forEach(p -> p.grad(p.grad().contiguous()));
        int version = together.get(2).storage().version();
        one.step();
        assertThat(together.get(2).storage().version()).isEqualTo(version + (step == 2 ? 0 : 1));
        many.forEach(Optimizer::step);
      }
      for (int i = 0; i < apart.size(); i++) {
        assertThat(together.get(i).toDoubles()).isEqualTo(apart.get(i).toDoubles());
      }
    }
  }

  @Test
  void stateContinuesExactly() {
    Tensor a = Tensor.of(start()).requiresGrad(true);
    run(new Adam(List.of(a), 0.05).betas(0.7, 0.9), a, 1, STEPS);

    Tensor b = Tensor.of(start()).requiresGrad(true);
    Adam first = new Adam(List.of(b), 0.05).betas(0.7, 0.9);
    run(first, b, 1, 10);
    OptimizerState saved = first.stateDict();
    assertThat(saved.tensors().keySet()).containsExactly("0.step", "0.exp_avg", "0.exp_avg_sq");
    assertThat(saved.paramGroups().get(0)).containsEntry("lr", 0.05).containsKey("params");
    Adam second = new Adam(List.of(b));
    second.loadStateDict(OptimizerState.of(saved.tensors(), saved.paramGroups()));
    run(second, b, 11, STEPS);
    assertThat(b.toDoubles()).isEqualTo(a.toDoubles());
  }

  @Test
  void refusesStateOfAnotherModel() {
    Tensor small = Tensor.of(1f, 2f).requiresGrad(true);
    Adam source = new Adam(List.of(small));
    small.grad(Tensor.of(1f, 1f));
    source.step();
    Tensor large = Tensor.of(1f, 2f, 3f).requiresGrad(true);
    assertThatThrownBy(() -> new Adam(List.of(large)).loadStateDict(source.stateDict()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("exp_avg")
        .hasMessageContaining("[3]");
    assertThatThrownBy(() -> OptimizerState.of(Map.of("x.y", small), List.of()))
        .hasMessageContaining("x.y");
  }

  @Test
  void groupsHaveTheirOwnOptions() {
    Tensor slow = Tensor.of(1.0).requiresGrad(true);
    Tensor fast = Tensor.of(1.0).requiresGrad(true);
    SGD optimizer = new SGD(List.of(slow), 0.1);
    optimizer.addParamGroup(List.of(fast)).lr(1);
    slow.grad(Tensor.of(1.0));
    fast.grad(Tensor.of(1.0));
    optimizer.step();
    assertThat(slow.item()).isEqualTo(0.9);
    assertThat(fast.item()).isEqualTo(0);
    assertThatThrownBy(() -> optimizer.addParamGroup(List.of(fast)))
        .hasMessageContaining("given twice");
    assertThatThrownBy(() -> new SGD(List.of(), 1)).hasMessageContaining("no parameters");
    assertThatThrownBy(() -> new SGD(List.of(slow.mul(2)), 1)).hasMessageContaining("leaf");
  }

  @Test
  void frozenParametersStay() {
    Tensor frozen = Tensor.of(1.0);
    Tensor trained = Tensor.of(1.0).requiresGrad(true);
    SGD optimizer = new SGD(List.of(frozen, trained), 0.5);
    trained.grad(Tensor.of(1.0));
    optimizer.step();
    optimizer.zeroGrad();
    assertThat(frozen.item()).isEqualTo(1);
    assertThat(trained.item()).isEqualTo(0.5);
  }

  @Test
  void schedules() {
    Tensor parameter = Tensor.of(1.0).requiresGrad(true);
    SGD optimizer = new SGD(List.of(parameter), 1);
    StepLR steps = new StepLR(optimizer, 2, 0.1);
    for (double expected : new double[] {1, 1, 0.1, 0.1, 0.01}) {
      assertThat(optimizer.lr()).isCloseTo(expected, within(1e-12));
      steps.step();
    }

    SGD other = new SGD(List.of(Tensor.of(1.0).requiresGrad(true)), 2);
    CosineWarmup cosine = new CosineWarmup(other, 3, 7, 0.1);
    double[] expected = {0.5, 1, 1.5, 2, 2 * (0.1 + 0.9 * (1 + Math.sqrt(0.5)) / 2), 1.1};
    for (double value : expected) {
      assertThat(other.lr()).isCloseTo(value, within(1e-12));
      cosine.step();
    }
    cosine.lastStep(100);
    assertThat(other.lr()).isCloseTo(0.2, within(1e-12));
  }

  /** One step in halves is the step in float64, rounded. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void halvesTakeSteps(DType dtype) {
    List<Function<List<Tensor>, Optimizer>> all =
        List.of(
            p -> new SGD(p, 0.1).momentum(0.9),
            p -> new Adam(p, 0.1),
            p -> new AdamW(p, 0.1).weightDecay(0.5));
    for (Function<List<Tensor>, Optimizer> make : all) {
      Tensor half = Tensor.of(start()).to(dtype).requiresGrad(true);
      Tensor wide = half.detach().to(DType.FLOAT64).requiresGrad(true);
      Tensor grad = Tensor.of(start()).mul(0.5).to(dtype);
      half.grad(grad.copy().keep());
      wide.grad(grad.to(DType.FLOAT64).keep());
      make.apply(List.of(half)).step();
      make.apply(List.of(wide)).step();
      double[] expected = wide.toDoubles();
      double[] actual = half.toDoubles();
      for (int i = 0; i < SIZE; i++) {
        double step = Math.max(Math.abs(expected[i]), 0.01) * dtype.finfo().eps();
        assertThat(actual[i]).isCloseTo(expected[i], within(0.51 * step));
      }
      assertThat(half.dtype()).isEqualTo(dtype);
    }
  }

  @Test
  void halvesAreClippedByANormInFloat() {
    Tensor p = Tensor.zeros(Shape.of(10_000), DType.BFLOAT16).requiresGrad(true);
    p.grad(Tensor.ones(Shape.of(10_000), DType.BFLOAT16));
    assertThat(ClipGrad.clipGradNorm(List.of(p), 1).item()).isEqualTo(100);
    assertThat(p.grad().dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(p.grad().toDoubles()[9_999]).isCloseTo(0.01, within(0.01 / 256));
    ClipGrad.clipGradValue(List.of(p), 0.005);
    assertThat(p.grad().toDoubles()[0]).isCloseTo(0.005, within(0.005 / 256));
  }

  /** The parts of complex parameters take the steps of real ones. */
  @Test
  void complexNumbersTakeStepsByPart() {
    double[] grads = {0.5, -1, 2, 0.25};
    Tensor real = Tensor.of(1.0, 2.0, 3.0, 4.0).requiresGrad(true);
    Tensor pairs = Tensor.of(new double[] {1, 2, 3, 4}, Shape.of(2, 2)).viewAsComplex();
    Tensor complex = pairs.requiresGrad(true);
    real.grad(Tensor.of(grads).keep());
    complex.grad(Tensor.of(grads, Shape.of(2, 2)).viewAsComplex().keep());
    assertThat(ClipGrad.clipGradNorm(List.of(complex), 1).item())
        .isEqualTo(ClipGrad.clipGradNorm(List.of(real), 1).item());
    new Adam(List.of(real), 0.1).step();
    new Adam(List.of(complex), 0.1).step();
    assertThat(complex.toDoubles()).isEqualTo(real.toDoubles());
  }

  @Test
  void clipping() {
    Tensor a = Tensor.of(0f, 0f).requiresGrad(true);
    Tensor b = Tensor.of(0f).requiresGrad(true);
    Tensor without = Tensor.of(0f).requiresGrad(true);
    a.grad(Tensor.of(3f, 0f));
    b.grad(Tensor.of(4f));
    List<Tensor> all = List.of(a, b, without);
    assertThat(ClipGrad.clipGradNorm(all, 10).item()).isEqualTo(5);
    assertThat(a.grad().toFloats()).containsExactly(3, 0);
    ClipGrad.clipGradNorm(all, 1);
    assertThat(a.grad().toFloats()[0]).isCloseTo(0.6f, within(1e-6f));
    assertThat(b.grad().toFloats()[0]).isCloseTo(0.8f, within(1e-6f));
    ClipGrad.clipGradValue(all, 0.7);
    assertThat(b.grad().toFloats()).containsExactly(0.7f);
    assertThat(ClipGrad.clipGradNorm(List.of(without), 1).item()).isEqualTo(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "queue"})
  void clippingOfManyGradients(String device) {
    List<Tensor> parameters = manyParameters(Device.of(device));
    giveGradients(parameters, 1);
    List<Tensor> grads =
        parameters.stream().map(Tensor::grad).filter(Objects::nonNull).map(Tensor::copy).toList();
    double squares = 0;
    for (Tensor grad : grads) {
      for (double g : grad.toDoubles()) {
        squares += g * g;
      }
    }
    double norm = Math.sqrt(squares);
    assertThat(ClipGrad.clipGradNorm(parameters, 2).item()).isCloseTo(norm, within(1e-5 * norm));
    double most = 0;
    int next = 0;
    for (Tensor parameter : parameters) {
      if (parameter.grad() != null) {
        double[] before = grads.get(next++).toDoubles();
        double[] after = parameter.grad().toDoubles();
        for (int i = 0; i < after.length; i++) {
          assertThat(after[i]).isCloseTo(before[i] * 2 / norm, within(1e-7));
          most = Math.max(most, Math.abs(after[i]));
        }
      }
    }
    ClipGrad.clipGradValue(parameters, most / 2);
    double limited = 0;
    for (Tensor parameter : parameters) {
      if (parameter.grad() != null && parameter.grad().elements() > 0) {
        limited = Math.max(limited, parameter.grad().abs().amax(Dim.ALL, Dim.Keep.DROP).item());
      }
    }
    assertThat(limited).isCloseTo(most / 2, within(1e-7));
  }
}
