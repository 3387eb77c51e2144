package io.arclight.it.ops;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Many steps of mixed eager work, half of them in a scope, with the memory on the way. */
final class EagerSoak {
  private static final int PRINTS = 10;
  private static final int PAGE = 4096;

  private final Tensor weight = Tensor.randn(Shape.of(16, 16)).keep().requiresGrad(true);

  private EagerSoak() {}

  static void run(int steps) throws IOException {
    EagerSoak soak = new EagerSoak();
    for (int print = 1; print <= PRINTS; print++) {
      for (int i = 0; i < steps / PRINTS; i++) {
        if (i % 2 == 0) {
          try (Scope scope = Scope.open()) {
            soak.step(i);
          }
        } else {
          soak.step(i);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "step %7d: resident %.0f MiB, tensors reserved %.1f, live %.1f, in %d storages%n",
          print * (steps / PRINTS),
          resident() / 1048576.0,
          Memory.reservedBytes() / 1048576.0,
          Memory.liveBytes() / 1048576.0,
          Memory.liveStorages());
    }
  }

  private void step(int i) {
    long rows = 1L + i % 7;
    Tensor x = Tensor.rand(Shape.of(rows, 16));
    Tensor y = x.matmul(weight).gelu();
    switch (i % 5) {
      case 0 -> Autograd.grad(y.softmax(1).sum(), weight);
      case 1 -> Tensor.cat(0, y, x).sum(0).exp();
      case 2 -> y.slice(1, 2, 9).contiguous().mean();
      case 3 -> Autograd.grad(y.square().mean(), weight);
      default -> y.detach().gt(0).sum().item();
    }
  }

  private static long resident() throws IOException {
    String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
    return Long.parseLong(pages[1]) * PAGE;
  }
}
