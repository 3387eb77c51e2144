package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@ExtendWith(LeakCheck.class)
class GuardedMemoryTest {
  @TempDir java.nio.file.Path folder;

  @Test
  void allOfItIsUsable() {
    for (long bytes : new long[] {0, 1, 4096, 5000}) {
      Storage storage = GuardedMemory.allocate(bytes);
      HostMemory.fill(storage.address(), bytes, (byte) 1);
      storage.close();
    }
  }

  @Test
  void aWritePastTheEndKills() throws Exception {
    ChildJvm child =
        ChildJvm.run(
            GuardedMemoryTest.class,
            List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + folder.resolve("error.log")));
    assertThat(child.exitCode()).as(child.output()).isNotZero();
    assertThat(child.output()).contains("inside: ok").contains("SIGBUS").doesNotContain("survived");
  }

  @Test
  void aWriteBeforeTheStartIsFoundWhenFreed() {
    Storage damaged = GuardedMemory.allocate(8192);
    HostMemory.putInt8(damaged.address() - 1, (byte) 0);
    assertThatThrownBy(damaged::close).hasMessageContaining("1 before a guarded storage");
  }

  public static void main(String[] arguments) {
    Storage storage = GuardedMemory.allocate(10);
    HostMemory.fill(storage.address(), 10, (byte) 1);
    System.out.println("inside: ok");
    HostMemory.fill(storage.address(), 11, (byte) 1);
    System.out.println("survived");
  }
}
