package io.arclight.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.optim.Adam;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Long training in one process; longer by -Darclight.test.steps=200000. */
@Timeout(300)
class SteadyStateTest {
  private static final int STEPS = Integer.getInteger("arclight.test.steps", 40_000);
  private static final int WARM_UP = 10_000;
  private static final long PAGE = 4096;

  private static final class Training {
    private final Sequential model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2));
    private final Adam optimizer = new Adam(model.parameters());
    private final Tensor x = Tensor.rand(Shape.of(4, 4)).keep();
    private final Tensor y = Tensor.of(0L, 1L, 1L, 0L).keep();

    void step() {
      optimizer.zeroGrad();
      Functional.crossEntropy(model.call(x), y).backward();
      optimizer.step();
    }
  }

  /** Resident bytes of this process. */
  private static long resident() throws IOException {
    String[] fields = Files.readString(Path.of("/proc/self/statm")).split(" ");
    return Long.parseLong(fields[1]) * PAGE;
  }

  @Test
  void residentMemoryIsFlat() throws IOException {
    Training training = new Training();
    long before = 0;
    long live = 0;
    for (int step = 0; step < STEPS; step++) {
      try (Scope scope = Scope.open()) {
        training.step();
      }
      if (step == WARM_UP) {
        System.gc();
        before = resident();
        live = Memory.liveBytes();
      }
    }
    assertThat(Memory.liveBytes()).isEqualTo(live);
    assertThat(resident() - before).isLessThan(64L << 20);
  }

  @Test
  void withoutAScopeItStaysUnderTheLimit() {
    long limit = Memory.limit();
    Memory.limit(Memory.liveBytes() + (8L << 20));
    try {
      Training training = new Training();
      for (int step = 0; step < STEPS; step++) {
        training.step();
      }
      assertThat(Memory.liveBytes()).isLessThan(Memory.limit());
    } finally {
      Memory.limit(limit);
    }
  }
}
