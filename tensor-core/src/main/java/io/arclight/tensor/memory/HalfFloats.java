package io.arclight.tensor.memory;

/** The bits of float16 (IEEE 754 binary16) and bfloat16 numbers as Java's floats. */
public final class HalfFloats {
  private static final int SINGLE_FRACTION = 23;
  private static final int HALF_FRACTION = 10;

  private HalfFloats() {}

  /** The value of a float16, exact; NaN is quiet. */
  public static float fromFloat16(short bits) {
    int exponent = bits >> HALF_FRACTION & 0x1f;
    int fraction = bits & 0x3ff;
    float magnitude =
        exponent == 0x1f
            ? Float.intBitsToFloat(
                (fraction == 0 ? 0x7f800000 : 0x7fc00000)
                    | fraction << SINGLE_FRACTION - HALF_FRACTION)
            : exponent == 0
                ? Math.scalb((float) fraction, -24)
                : Math.scalb((float) (0x400 | fraction), exponent - 25);
    return bits < 0 ? -magnitude : magnitude;
  }

  /** The nearest float16, of two the even one; NaN stays NaN. */
  public static short toFloat16(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    if (Float.isNaN(value)) {
      int payload = Float.floatToRawIntBits(value) >> SINGLE_FRACTION - HALF_FRACTION & 0x1ff;
      return (short) (sign | 0x7e00 | payload);
    }
    float magnitude = Math.abs(value);
    if (magnitude >= 65520) {
      return (short) (sign | 0x7c00);
    }
    int exponent = Math.max(-14, Math.getExponent(magnitude));
    // In units of the last place; 2048 of them are 1024 of the next exponent.
    int units = (int) Math.rint(Math.scalb((double) magnitude, HALF_FRACTION - exponent));
    return (short) (sign | (exponent + 14 << HALF_FRACTION) + units);
  }

  /** The value of a bfloat16; exact. */
  public static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The nearest bfloat16, of two the even one; NaN stays NaN. */
  public static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }
}
