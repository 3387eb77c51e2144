package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import java.util.Random;
import org.apache.spark.unsafe.Platform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NansTest {
  private static final int MOST = 13;

  private final Random random = new Random(3);
  private long address;

  @BeforeEach
  void allocate() {
    address = Platform.allocateMemory(8 * MOST);
  }

  @AfterEach
  void free() {
    Platform.freeMemory(address);
  }

  @Test
  void floatsOfAllBitPatternsAreToldApart() {
    int[] special = {
      Float.floatToIntBits(0f),
      Float.floatToIntBits(-0f),
      Float.floatToIntBits(Float.POSITIVE_INFINITY),
      Float.floatToIntBits(Float.NEGATIVE_INFINITY),
      Float.floatToIntBits(Float.MIN_VALUE),
      Float.floatToIntBits(-Float.MAX_VALUE),
      Float.floatToIntBits(Float.NaN),
      0x7f800001,
      0xff800001,
      0xffffffff
    };
    for (int round = 0; round < 100_000; round++) {
      int count = random.nextInt(MOST + 1);
      boolean expected = false;
      for (int i = 0; i < count; i++) {
        // The first six are no NaNs: most rounds shall have none.
        int kinds = round % 2 == 0 ? 6 : special.length;
        int bits = random.nextBoolean() ? special[random.nextInt(kinds)] : random.nextInt();
        expected |= Float.isNaN(Float.intBitsToFloat(bits));
        Platform.putInt(null, address + 4L * i, bits);
      }
      assertThat(Nans.any(DType.FLOAT32, address, count)).isEqualTo(expected);
    }
  }

  @Test
  void doubles() {
    double[] values = {0, -0.0, 1e300, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (int i = 0; i < values.length; i++) {
      Platform.putDouble(null, address + 8L * i, values[i]);
    }
    assertThat(Nans.any(DType.FLOAT64, address, values.length)).isFalse();
    for (int i = 0; i < values.length; i++) {
      double kept = Platform.getDouble(null, address + 8L * i);
      Platform.putDouble(null, address + 8L * i, i % 2 == 0 ? Double.NaN : -Double.NaN);
      assertThat(Nans.any(DType.FLOAT64, address, values.length)).isTrue();
      Platform.putDouble(null, address + 8L * i, kept);
    }
  }

  @Test
  void integersHaveNone() {
    Platform.putLong(null, address, -1);
    assertThat(Nans.any(DType.INT64, address, 1)).isFalse();
  }
}
