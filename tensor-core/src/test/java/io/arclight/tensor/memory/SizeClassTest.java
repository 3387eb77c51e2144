package io.arclight.tensor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SizeClassTest {
  @Test
  void aClassHoldsItsBytesAndWastesLittle() {
    for (long bytes = 0; bytes < SizeClass.MAX_BYTES / 2; bytes += 1 + bytes / 97) {
      int index = SizeClass.of(bytes);
      long size = SizeClass.bytes(index);
      assertThat(size).isGreaterThanOrEqualTo(bytes).isEqualTo(size / 64 * 64);
      assertThat(index == 0 || SizeClass.bytes(index - 1) < bytes).isTrue();
      assertThat(size - bytes)
          .isLessThanOrEqualTo(Math.max(64, bytes / (bytes > 64 << 20 ? 16 : 4)));
    }
  }

  @Test
  void theBoundsOfAClassAreExact() {
    for (int index = 0; index < SizeClass.COUNT; index++) {
      long size = SizeClass.bytes(index);
      assertThat(SizeClass.of(size)).isEqualTo(index);
      if (index + 1 < SizeClass.COUNT) {
        assertThat(SizeClass.of(size + 1)).isEqualTo(index + 1);
      }
    }
  }

  @Test
  void sizesOfTheLimitSettingAreParsed() {
    assertThat(ByteSize.parse("arclight.memory", "500m")).isEqualTo(500L << 20);
    assertThat(ByteSize.parse("arclight.memory", "8G")).isEqualTo(8L << 30);
    assertThat(ByteSize.parse("arclight.memory", "12345")).isEqualTo(12345);
    for (String bad : new String[] {"", "g", "-1", "0", "1x", "99999999t"}) {
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> ByteSize.parse("arclight.memory", bad))
          .as(bad)
          .hasMessageContaining("is no size");
    }
  }

  @Test
  void theDefaultLimitLeavesTheHeapAlone() {
    assertThat(MemoryLimit.of(10_000, 5_000)).isEqualTo(4_000);
    assertThat(MemoryLimit.of(10_000, 10_000)).isEqualTo(2_500);
  }
}
