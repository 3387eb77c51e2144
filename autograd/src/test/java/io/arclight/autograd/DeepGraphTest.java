package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nothing that touches a graph recurses along it. */
@Timeout(120)
class DeepGraphTest {
  private static final int LENGTH = 100_000;

  private static Tensor chain(Tensor x, int length) {
    Tensor y = x;
    for (int i = 0; i < length; i++) {
      y = i % 3 == 0 ? y.mul(1.0) : i % 3 == 1 ? y.unsqueeze(0).select(0, 0) : y.sub(0.0);
    }
    return y;
  }

  /** A stack that holds a few hundred frames. */
  private static void onASmallStack(Runnable body) throws InterruptedException {
    Throwable[] failed = new Throwable[1];
    Thread thread = new Thread(null, body, "small stack", 256 << 10);
    thread.setUncaughtExceptionHandler((t, e) -> failed[0] = e);
    thread.start();
    thread.join();
    assertThat(failed[0]).isNull();
  }

  @Test
  void aHundredThousandOperations() throws InterruptedException {
    onASmallStack(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(2.0).requiresGrad(true);
            Tensor y = chain(x, LENGTH);
            y.backward();
            assertThat(x.grad().item()).isEqualTo(1);
            Tensor again = chain(x, LENGTH);
            assertThat(Autograd.grad(again, x)[0].item()).isEqualTo(1);
          }
        });
  }

  @Test
  void changesInPlace() throws InterruptedException {
    onASmallStack(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(1.0, 2.0).requiresGrad(true);
            Tensor y = x.mul(1);
            for (int i = 0; i < LENGTH / 10; i++) {
              y.addInPlace(1);
              y.slice(0, 0, 1).mulInPlace(1);
            }
            y.sum().backward();
            assertThat(x.grad().toDoubles()).containsExactly(1, 1);
          }
        });
  }

  @Test
  void viewsOfViews() throws InterruptedException {
    onASmallStack(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(1.0, 2.0, 3.0).requiresGrad(true);
            Tensor base = x.mul(1);
            Tensor view = base;
            for (int i = 0; i < LENGTH / 2; i++) {
              view = view.unsqueeze(0).select(0, 0);
            }
            view = view.slice(0, 1, 3);
            view.mulInPlace(5);
            base.mul(base).sum().backward();
            assertThat(x.grad().toDoubles()).containsExactly(2, 100, 150);
          }
        });
  }

  @Test
  void aGraphThatNobodyHoldsIsCollected() throws InterruptedException {
    WeakReference<?>[] oldest = new WeakReference<?>[1];
    onASmallStack(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(2.0).requiresGrad(true);
            Tensor y = chain(x, LENGTH).sigmoid();
            oldest[0] = new WeakReference<>(x.gradMeta());
            assertThat(y.gradFn()).isNotNull();
          }
        });
    for (int i = 0; i < 50 && oldest[0].get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(oldest[0].get()).isNull();
  }

  @Test
  void gradientsOfGradients() throws InterruptedException {
    onASmallStack(
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(1.0).requiresGrad(true);
            Tensor y = x;
            for (int i = 0; i < LENGTH / 10; i++) {
              y = i == 0 ? y.mul(x) : y.mul(1.0);
            }
            GradOptions create = GradOptions.standard().graph(GraphUse.CREATE);
            Tensor first = Autograd.grad(List.of(y), List.of(x), create)[0];
            assertThat(first.item()).isEqualTo(2);
            Tensor second = Autograd.grad(List.of(first), List.of(x), create)[0];
            assertThat(second.item()).isEqualTo(2);
          }
        });
  }
}
