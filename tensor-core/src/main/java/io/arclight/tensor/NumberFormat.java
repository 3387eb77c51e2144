package io.arclight.tensor;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;

/** Elements as text of one width: as integers, with decimals, or with exponents. */
final class NumberFormat {
  private final int precision;
  private final PrintOptions.Sci sci;

  NumberFormat(PrintOptions options) {
    precision = options.precision();
    sci = options.sci();
  }

  /**
   * @param cells in row-major order
   * @param width of numbers that are finite and not zero; others may be longer
   */
  record Formatted(String[] cells, int width) {}

  Formatted format(Tensor t) {
    if (t.dtype().isFloatingPoint()) {
      return reals(t.toDoubles());
    }
    if (t.dtype().isComplex()) {
      return pairs(t.toDoubles());
    }
    long[] values = t.toLongs();
    String[] out = new String[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          t.dtype() == DType.BOOL ? values[i] != 0 ? "True" : "False" : Long.toString(values[i]);
    }
    return padded(out, Arrays.stream(out).mapToInt(String::length).max().orElse(1));
  }

  private Formatted pairs(double[] values) {
    double[] re = new double[values.length / 2];
    double[] im = new double[re.length];
    for (int i = 0; i < re.length; i++) {
      re[i] = values[2 * i];
      im[i] = values[2 * i + 1];
    }
    Formatted real = reals(re);
    Formatted imaginary = reals(im);
    String[] out = new String[re.length];
    for (int i = 0; i < out.length; i++) {
      String second = imaginary.cells[i].strip();
      out[i] = real.cells[i] + (second.startsWith("-") ? "" : "+") + second + "j";
    }
    return new Formatted(out, real.width + imaginary.width + 1);
  }

  private Formatted reals(double[] values) {
    double[] regular = Arrays.stream(values).filter(v -> Double.isFinite(v) && v != 0).toArray();
    boolean whole = Arrays.stream(regular).allMatch(v -> v == Math.ceil(v));
    boolean exponents = false;
    int width = 1;
    if (regular.length > 0) {
      double most = Arrays.stream(regular).map(Math::abs).max().getAsDouble();
      double least = Arrays.stream(regular).map(Math::abs).min().getAsDouble();
      exponents =
          sci == PrintOptions.Sci.AUTO
              ? most / least > 1000 || most > 1e8 || least < 1e-4
              : sci == PrintOptions.Sci.ALWAYS;
      for (double v : regular) {
        String s = exponents ? exponent(v) : whole ? decimals(v, 0) + "." : decimals(v, precision);
        width = Math.max(width, s.length());
      }
    }
    String[] out = new String[values.length];
    for (int i = 0; i < out.length; i++) {
      double v = values[i];
      out[i] =
          exponents
              ? exponent(v)
              : whole ? decimals(v, 0) + (Double.isFinite(v) ? "." : "") : decimals(v, precision);
    }
    return padded(out, width);
  }

  private static Formatted padded(String[] cells, int width) {
    for (int i = 0; i < cells.length; i++) {
      cells[i] = " ".repeat(Math.max(0, width - cells[i].length())) + cells[i];
    }
    return new Formatted(cells, width);
  }

  private static String special(double v) {
    return Double.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
  }

  private static String sign(double v) {
    return Double.doubleToRawLongBits(v) < 0 ? "-" : "";
  }

  /** Rounded from the exact value, so that halves are where they seem to be. */
  private static String decimals(double v, int digits) {
    if (!Double.isFinite(v)) {
      return special(v);
    }
    BigDecimal exact = new BigDecimal(Math.abs(v)).setScale(digits, RoundingMode.HALF_EVEN);
    return sign(v) + exact.toPlainString();
  }

  private String exponent(double v) {
    if (!Double.isFinite(v)) {
      return special(v);
    }
    BigDecimal rounded =
        new BigDecimal(Math.abs(v)).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
    int power = v == 0 ? 0 : rounded.precision() - 1 - rounded.scale();
    String digits =
        rounded
            .scaleByPowerOfTen(-power)
            .setScale(precision, RoundingMode.UNNECESSARY)
            .toPlainString();
    int size = Math.abs(power);
    return sign(v) + digits + "e" + (power < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
  }
}
