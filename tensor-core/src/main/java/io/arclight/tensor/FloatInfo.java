package io.arclight.tensor;

/**
 * The limits of a floating-point dtype, as {@code torch.finfo}.
 *
 * @param bits of an element
 * @param eps from 1 to the next number
 * @param max the largest number; {@code min} is its negative
 * @param smallestNormal the smallest positive number of full precision, also called {@code tiny}
 * @param resolution a power of ten: decimal digits that are always kept
 */
public record FloatInfo(
    int bits, double eps, double max, double min, double smallestNormal, double resolution) {

  static FloatInfo of(DType dtype) {
    return switch (dtype) {
      case FLOAT16 -> binary(16, 10, 15, 1e-3);
      case BFLOAT16 -> binary(16, 7, 127, 1e-2);
      case FLOAT32 -> binary(32, 23, 127, 1e-6);
      case FLOAT64 -> binary(64, 52, 1023, 1e-15);
      default ->
          throw new DTypeException("finfo: " + dtype + " is not floating-point: use iinfo()");
    };
  }

  /** Of a format with {@code fraction} bits behind the point and exponents up to {@code bias}. */
  private static FloatInfo binary(int bits, int fraction, int bias, double resolution) {
    double eps = Math.scalb(1.0, -fraction);
    double max = Math.scalb(2 - eps, bias);
    return new FloatInfo(bits, eps, max, -max, Math.scalb(1.0, 1 - bias), resolution);
  }

  /** {@link #smallestNormal}. */
  public double tiny() {
    return smallestNormal;
  }
}
