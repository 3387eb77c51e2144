package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FuncTest {
  private static final TensorFunction CUBE = in -> in[0].mul(in[0]).mul(in[0]).sum();

  /** [3] to [2, 2], no element of which is like another. */
  private static final TensorFunction FIELD =
      in -> {
        Tensor x = in[0];
        Tensor a = x.slice(0, 0, 2).sin().mul(x.slice(0, 1, 3));
        Tensor b = x.slice(0, 1, 3).exp().div(x.slice(0, 0, 2).square().add(1));
        return Tensor.stack(0, a, b);
      };

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor random(long... shape) {
    return new Generator(shape.length + 7).normal(Shape.of(shape), DType.FLOAT64, Device.CPU);
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double[] a = actual.toDoubles();
    double[] e = expected.toDoubles();
    for (int i = 0; i < e.length; i++) {
      assertThat(a[i]).as("element " + i).isCloseTo(e[i], within(1e-7 * (1 + Math.abs(e[i]))));
    }
  }

  @Test
  void gradients() {
    Tensor x = Tensor.of(1.0, 2.0);
    Tensor g = Func.grad(CUBE).apply(x);
    assertThat(g.toDoubles()).containsExactly(3, 12);
    assertThat(g.requiresGrad()).isFalse();
    assertThat(x.requiresGrad()).isFalse();
    TensorFunction product = in -> in[0].mul(in[1]).mul(in[1]).sum();
    Tensor[] both = Func.gradAll(product, 1, 0).applyAll(x, Tensor.of(3.0, 4.0));
    assertThat(both[0].toDoubles()).containsExactly(6, 16);
    assertThat(both[1].toDoubles()).containsExactly(9, 16);
    Func.GradAndValue value = Func.gradAndValue(CUBE, 0).apply(x);
    assertThat(value.value().item()).isEqualTo(9);
    assertThat(value.value().requiresGrad()).isFalse();
    assertThat(value.grads()[0].toDoubles()).containsExactly(3, 12);
    Tensor unused = Func.gradAll(CUBE, 1).applyAll(x, Tensor.of(1.0))[0];
    assertThat(unused.toDoubles()).containsExactly(0);
  }

  @Test
  void higherOrdersNest() {
    TensorFunction f = in -> in[0].mul(in[0]).mul(in[0]).mul(in[0]);
    Tensor x = Tensor.scalar(2.0);
    TensorFunction third = Func.grad(Func.grad(Func.grad(f)));
    assertThat(third.apply(x).item()).isEqualTo(48);
    assertThat(third.apply(x).requiresGrad()).isFalse();
  }

  /** What is derived for one variable does not mix with another of the same value. */
  @Test
  void levelsAreKeptApart() {
    TensorFunction sum = x -> x[0].mul(Func.grad(y -> x[0].add(y[0])).apply(Tensor.scalar(1.0)));
    assertThat(Func.grad(sum).apply(Tensor.scalar(5.0)).item()).isEqualTo(1);
    TensorFunction product = x -> x[0].mul(Func.grad(y -> x[0].mul(y[0])).apply(x[0]));
    assertThat(Func.grad(product).apply(Tensor.scalar(5.0)).item()).isEqualTo(10);
  }

  @Test
  void gradientsOfWhatIsAround() {
    Tensor w = Tensor.of(3.0, 4.0).requiresGrad(true);
    Tensor x = Tensor.of(1.0, 2.0).requiresGrad(true);
    TensorFunction f = in -> in[0].square().mul(w).sum();
    Tensor g = Func.grad(f).apply(x);
    assertThat(w.grad()).isNull();
    assertThat(x.grad()).isNull();
    g.square().sum().backward();
    // g = 2 x w; sum g^2 = 4 x^2 w^2
    assertThat(w.grad().toDoubles()).containsExactly(8 * 3, 8 * 4 * 4);
    assertThat(x.grad().toDoubles()).containsExactly(8 * 9, 8 * 2 * 16);
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor quiet = Func.grad(f).apply(x);
      assertThat(quiet.toDoubles()).containsExactly(6, 16);
      assertThat(quiet.requiresGrad()).isFalse();
    }
  }

  @Test
  void graphsAreReleased() {
    Tensor x = random(1 << 16);
    double[] peak = new double[1];
    long before = Memory.liveBytes();
    Tensor g =
        Scope.run(
            () ->
                Func.grad(
                        in -> {
                          Tensor y = in[0];
                          for (int i = 0; i < 8; i++) {
                            y = y.sin();
                          }
                          peak[0] = Memory.liveBytes() - before;
                          return y.sum();
                        })
                    .apply(x));
    assertThat(peak[0]).isGreaterThan(7 * 8 * (1 << 16));
    assertThat(Memory.liveBytes() - before).isEqualTo(g.storage().bytes());
  }

  @Test
  void vectorJacobianProducts() {
    Tensor x = random(3);
    Func.Vjp vjp = Func.vjp(FIELD.all(), x);
    close(vjp.outputs()[0], FIELD.apply(x));
    Tensor jacobian = numeric(FIELD, x);
    for (int i = 0; i < 2; i++) {
      Tensor v = random(2, 2).add(i);
      Tensor expected = v.reshape(1, 4).matmul(jacobian.reshape(4, 3)).reshape(3);
      close(vjp.pullback().applyAll(v)[0], expected);
    }
    assertThatThrownBy(() -> vjp.pullback().applyAll(x))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[3]")
        .hasMessageContaining("[2, 2]");
  }

  @Test
  void jacobianVectorProducts() {
    Tensor x = random(3);
    Tensor jacobian = numeric(FIELD, x).reshape(4, 3);
    Tensor t = random(3).mul(2);
    Func.Jvp jvp = Func.jvp(FIELD.all(), new Tensor[] {x}, new Tensor[] {t});
    close(jvp.outputs()[0], FIELD.apply(x));
    close(jvp.tangents()[0], jacobian.matmul(t).reshape(2, 2));
    assertThat(jvp.tangents()[0].requiresGrad()).isFalse();
    Func.Linearized linear = Func.linearize(FIELD.all(), x);
    close(linear.pushforward().applyAll(t)[0], jacobian.matmul(t).reshape(2, 2));
    close(linear.pushforward().applyAll(t.mul(3))[0], jacobian.matmul(t).mul(3).reshape(2, 2));
    Func.Jvp constant =
        Func.jvp(
            in -> new Tensor[] {in[0].sign(), Tensor.of(1L)}, new Tensor[] {x}, new Tensor[] {t});
    assertThat(constant.tangents()[0].toDoubles()).containsOnly(0);
    assertThat(constant.tangents()[1].toDoubles()).containsOnly(0);
  }

  @Test
  void jvpHasGradients() {
    GradCheck.checkSecond(
        in -> {
          Func.Jvp jvp = Func.jvp(FIELD.all(), new Tensor[] {in[0].mul(2)}, new Tensor[] {in[1]});
          return jvp.tangents()[0].mul(jvp.outputs()[0]).sum();
        },
        Tensor.of(0.3, 0.5, 0.2).requiresGrad(true),
        Tensor.of(0.1, -0.5, 0.4).requiresGrad(true));
  }

  /** [output..., input...] by differences. */
  private static Tensor numeric(TensorFunction f, Tensor x) {
    double eps = 1e-6;
    Tensor[] columns = new Tensor[(int) x.elements()];
    for (int i = 0; i < columns.length; i++) {
      double[] step = new double[columns.length];
      step[i] = eps;
      Tensor d = Tensor.of(step, x.shape());
      columns[i] = f.apply(x.add(d)).sub(f.apply(x.sub(d))).div(2 * eps);
    }
    Tensor all = Tensor.stack(columns[0].rank(), columns);
    long[] dims =
        java.util.Arrays.copyOf(columns[0].shape().toArray(), columns[0].rank() + x.rank());
    System.arraycopy(x.shape().toArray(), 0, dims, columns[0].rank(), x.rank());
    return all.reshape(dims);
  }

  @Test
  void jacobians() {
    Tensor x = random(3);
    Tensor expected = numeric(FIELD, x);
    close(Func.jacrev(FIELD).apply(x), expected);
    close(Func.jacfwd(FIELD).apply(x), expected);
    assertThat(Func.jacrev(FIELD).apply(x).requiresGrad()).isFalse();
    assertThat(Func.jacfwd(FIELD).apply(x).requiresGrad()).isFalse();
    TensorFunction matrix = in -> in[0].matmul(in[1]).tanh();
    Tensor a = random(2, 3);
    Tensor b = random(3, 2).mul(0.5);
    Tensor second = numeric(in -> matrix.apply(a, in[0]), b);
    close(Func.jacrev(matrix, 1).apply(a, b), second);
    close(Func.jacfwd(matrix, 1).apply(a, b), second);
    Tensor none = Tensor.zeros(Shape.of(0), DType.FLOAT64);
    assertThat(Func.jacrev(in -> in[0].mul(2)).apply(none).shape()).isEqualTo(Shape.of(0, 0));
  }

  @Test
  void hessians() {
    TensorFunction f = in -> FIELD.apply(in).square().sum();
    Tensor x = random(3);
    Tensor expected = numeric(Func.grad(f), x);
    close(Func.hessian(f).apply(x), expected);
    close(Func.jacrev(Func.jacfwd(f)).apply(x), expected);
    close(Func.jacrev(Func.jacrev(f)).apply(x), expected);
    close(Func.jacfwd(Func.jacfwd(f)).apply(x), expected);
    assertThat(Func.hessian(f).apply(x).requiresGrad()).isFalse();
    Tensor v = random(3).add(1);
    Func.HessianProduct product = Func.hvp(f, new Tensor[] {x}, new Tensor[] {v});
    close(product.product()[0], expected.matmul(v));
    close(product.value(), f.apply(x));
    assertThat(product.product()[0].requiresGrad()).isFalse();
    close(Func.vhp(f, new Tensor[] {x}, new Tensor[] {v}).product()[0], expected.matmul(v));
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> Func.grad(in -> in[0]).apply(Tensor.of(1.0, 2.0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("a scalar")
        .hasMessageContaining("[2]");
    assertThatThrownBy(() -> Func.gradAll(CUBE, 2).applyAll(Tensor.of(1.0)))
        .hasMessageContaining("no argument 2");
    assertThatThrownBy(() -> Func.jvp(CUBE.all(), new Tensor[] {Tensor.of(1.0)}, new Tensor[] {}))
        .hasMessageContaining("0 are given for 1");
  }
}
