package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.ChildJvm;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.ConvolutionDataOp;
import io.arclight.tensor.op.ConvolutionOp;
import io.arclight.tensor.op.ConvolutionWeightOp;
import io.arclight.tensor.op.Op;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Native code that a signal interrupts must have a stack for the signal's frame: profilers, timers
 * and broken pipes send them to any thread.
 */
@Timeout(60)
class SignalTest {
  private static final int ROUNDS = 300;

  @Test
  void signalsDoNoHarm() throws IOException, InterruptedException {
    assumeThat(Files.isDirectory(Path.of("/proc/self/task"))).isTrue();
    ChildJvm child = ChildJvm.run(SignalTest.class, List.of());
    assertThat(child.output()).contains("unharmed");
    assertThat(child.exitCode()).isZero();
  }

  /** Computes while a shell sends signals to all threads of this process. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "for i in $(seq %d); do for t in /proc/%d/task/*; do kill -PIPE ${t##*/}; done; sleep 0.005; done"
                    .formatted(ROUNDS, ProcessHandle.current().pid()))
            .redirectErrorStream(true)
            .start();
    int[] sizes = {1, 3, 10, 32, 128, 300};
    while (shell.isAlive()) {
      for (int m : sizes) {
        for (int n : sizes) {
          multiply(m, n);
          convolve(m, n);
        }
      }
    }
    System.out.println("unharmed");
  }

  private static void multiply(int m, int n) {
    int k = 250;
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.ones(Shape.of(m, k));
      Tensor b = Tensor.ones(Shape.of(k, n));
      Tensor right = Tensor.ones(Shape.of(n, k)).t();
      double sum = a.mm(b).sum().item() + a.mm(right).exp().eq(0).sum().item();
      if (sum != (double) m * n * k) {
        throw new AssertionError("the product of ones has the sum " + sum);
      }
    }
  }

  private static void convolve(int in, int out) {
    Shape one = Shape.of(1, 1);
    Shape none = Shape.of(0, 0);
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.ones(Shape.of(1, in, 4, 4));
      Tensor w = Tensor.ones(Shape.of(out, in, 3, 3));
      Tensor y = Tensor.apply(new ConvolutionOp(one, none, none, one, 1), x, w);
      Op data = new ConvolutionDataOp(Shape.of(4, 4), one, none, none, one, 1);
      Op weight =
          new ConvolutionWeightOp(
              Shape.of(3, 3), ConvolutionWeightOp.Bias.NONE, one, none, none, one, 1);
      Tensor g = Tensor.ones(y.shape());
      double sum = y.sum().item() + Tensor.apply(data, g, w).sum().item();
      sum += Tensor.apply(weight, x, g).sum().item();
      if (sum != 3.0 * 36 * in * out) {
        throw new AssertionError("the convolutions of ones have the sum " + sum);
      }
    }
  }
}
