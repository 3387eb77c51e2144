package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GuardedMemoryTest {
  @Test
  void allOfItIsUsable() {
    for (long bytes : new long[] {0, 1, 4096, 5000}) {
      Storage storage = GuardedMemory.allocate(bytes);
      HostMemory.fill(storage.address(), bytes, (byte) 1);
      storage.close();
    }
  }

  @Test
  void aTouchPastTheEndKillsAndTheMessageSaysWhere() {
    assertThatThrownBy(() -> GuardedMemory.requireCleanRun(GuardedMemoryTest.class))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("in next: outside")
        .hasMessageContaining("SIGBUS")
        .hasMessageNotContaining("survived");
  }

  @Test
  void aWriteBeforeTheStartIsFoundWhenFreed() {
    Storage damaged = GuardedMemory.allocate(8192);
    HostMemory.putInt8(damaged.address() - 1, (byte) 0);
    assertThatThrownBy(damaged::close).hasMessageContaining("1 before a guarded storage");
  }

  public static void main(String[] arguments) {
    GuardedMemory.install();
    try (Tensor t = Tensor.zeros(Shape.of(10), DType.UINT8)) {
      GuardedMemory.next("inside");
      HostMemory.fill(t.address(), 10, (byte) 1);
      GuardedMemory.next("outside");
      HostMemory.fill(t.address(), 11, (byte) 1);
      GuardedMemory.next("survived");
    }
  }
}
