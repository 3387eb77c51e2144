package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NativeCallsTest {
  @BeforeAll
  static void needsLlvm() {
    assumeThat(NativeCalls.available()).isTrue();
  }

  @Test
  void callsCFunctions() {
    Loader.load(openblas.class);
    long labs = Loader.addressof("labs").address();
    assertThat(NativeCalls.invoke(labs, -5_000_000_000L, 0, 0, 0)).isEqualTo(5_000_000_000L);
  }
}
