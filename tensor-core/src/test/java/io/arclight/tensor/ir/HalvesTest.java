package io.arclight.tensor.ir;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.memory.HalfFloats;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversions of float16 and bfloat16, in kernels and in Java, against their definition. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HalvesTest {
  private static final int PATTERNS = 1 << 16;

  /** The value as IEEE 754 defines it, from sign, exponent and fraction. */
  private static double defined(Type type, int bits) {
    int width = type == Type.F16 ? 10 : 7;
    int bias = type == Type.F16 ? 15 : 127;
    int exponent = (bits & 0x7fff) >> width;
    double fraction = (bits & (1 << width) - 1) / (double) (1 << width);
    double magnitude =
        exponent == 2 * bias + 1
            ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
            : exponent == 0
                ? fraction * Math.pow(2, 1 - bias)
                : (1 + fraction) * Math.pow(2, exponent - bias);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyPatternHasItsValue(Type type) {
    float[] kernel = (float[]) HalfSamples.loads(type).run(Interpreter::compile).buffers().get(1);
    for (int i = 0; i < PATTERNS; i++) {
      float expected = (float) defined(type, i);
      // As objects, since NaN equals itself then.
      assertThat((Float) HalfSamples.value(type, (short) i))
          .as("bits %x", i)
          .isEqualTo((Float) expected);
      assertThat((Float) kernel[i]).as("bits %x", i).isEqualTo((Float) expected);
    }
  }

  /** The nearest number, of two the one with an even last bit; a span over the greatest is inf. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void valuesAreRoundedToTheNearest(Type type) {
    KernelSample sample = HalfSamples.stores(type);
    float[] values = (float[]) sample.buffers().get(0);
    short[] kernel = (short[]) sample.run(Interpreter::compile).buffers().get(1);
    for (int i = 0; i < values.length; i++) {
      short own =
          type == Type.F16 ? HalfFloats.toFloat16(values[i]) : HalfFloats.toBfloat16(values[i]);
      if (Float.isNaN(values[i])) {
        assertThat(defined(type, own)).as("%s", values[i]).isNaN();
        assertThat(defined(type, kernel[i])).as("%s", values[i]).isNaN();
        continue;
      }
      assertThat(own).as("%s in Java", values[i]).isEqualTo(nearest(type, values[i]));
      assertThat(kernel[i]).as("%s in a kernel", values[i]).isEqualTo(own);
    }
  }

  /** Found by bisection over the magnitudes, which are in the order of their bits. */
  private static short nearest(Type type, float value) {
    int infinity = type == Type.F16 ? 0x7c00 : 0x7f80;
    double magnitude = Math.abs((double) value);
    int low = 0;
    int high = infinity;
    while (high - low > 1) {
      int middle = (low + high) / 2;
      if (defined(type, middle) <= magnitude) {
        low = middle;
      } else {
        high = middle;
      }
    }
    double below = defined(type, low);
    // Beyond the greatest number the next power of two takes the place of infinity.
    double step = below - defined(type, Math.max(0, low - 1));
    double above = high == infinity ? below + step : defined(type, high);
    double over = magnitude - below;
    double under = above - magnitude;
    int chosen = over > under || over == under && (low & 1) != 0 ? high : low;
    return (short) (chosen | Float.floatToRawIntBits(value) >>> 16 & 0x8000);
  }

  @Test
  void movedElementsKeepTheirBits() {
    KernelSample sample = HalfSamples.all().get(4);
    short[] out =
        (short[]) sample.run(Interpreter.oracle(sample.kernel()), PATTERNS).buffers().get(1);
    for (int i = 0; i < PATTERNS; i++) {
      if (!Double.isNaN(defined(Type.F16, i))) {
        assertThat(out[i]).isEqualTo((short) i);
      }
    }
  }
}
