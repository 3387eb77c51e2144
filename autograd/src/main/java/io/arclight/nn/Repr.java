package io.arclight.nn;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Values as PyTorch prints them. */
final class Repr {
  private Repr() {}

  static String bool(boolean value) {
    return value ? "True" : "False";
  }

  /** The shortest decimal that is this number, with an exponent where Python has one. */
  static String number(double value) {
    String text = Double.toString(value);
    int e = text.indexOf('E');
    if (e < 0) {
      return text;
    }
    int exponent = Integer.parseInt(text.substring(e + 1));
    if (exponent >= -4 && exponent < 16) {
      String plain = new java.math.BigDecimal(text).stripTrailingZeros().toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = text.substring(0, e);
    digits = digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
    return "%se%s%02d".formatted(digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /** {@code (3, 4)}, {@code (3,)}. */
  static String tuple(long... values) {
    String all = Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return values.length == 1 ? "(" + all + ",)" : "(" + all + ")";
  }

  /** One number where all are the same, else a tuple. */
  static String sizes(long... values) {
    return Arrays.stream(values).distinct().count() == 1 ? "" + values[0] : tuple(values);
  }
}
