package io.arclight.tensor.op;

import static java.math.BigDecimal.ONE;
import static java.math.BigDecimal.TEN;
import static java.math.BigDecimal.ZERO;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Functions to 80 digits by their series, for tests of accuracy. */
final class Exact {
  static final MathContext DIGITS = new MathContext(80);
  private static final BigDecimal TINY = TEN.pow(-90, DIGITS);
  private static final BigDecimal TWO = BigDecimal.valueOf(2);
  private static final BigDecimal HALF = new BigDecimal("0.5");

  /** From here on asymptotic series have 80 digits. */
  private static final int FAR = 60;

  private static final int TERMS = 40;
  private static final List<BigDecimal> BERNOULLI = bernoulli();
  static final BigDecimal LN2 =
      atanhSeries(ONE.divide(BigDecimal.valueOf(3), DIGITS)).multiply(TWO);

  /** Machin's formula. */
  static final BigDecimal PI =
      BigDecimal.valueOf(16)
          .multiply(atanSeries(ONE.divide(BigDecimal.valueOf(5), DIGITS)))
          .subtract(BigDecimal.valueOf(4).multiply(atanSeries(inverse(BigDecimal.valueOf(239)))));

  private Exact() {}

  static BigDecimal of(double x) {
    return new BigDecimal(x);
  }

  static BigDecimal times(BigDecimal a, BigDecimal b) {
    return a.multiply(b, DIGITS);
  }

  static BigDecimal over(BigDecimal a, BigDecimal b) {
    return a.divide(b, DIGITS);
  }

  static BigDecimal inverse(BigDecimal x) {
    return ONE.divide(x, DIGITS);
  }

  static BigDecimal sqrt(BigDecimal x) {
    return x.sqrt(DIGITS);
  }

  private static boolean small(BigDecimal term, BigDecimal sum) {
    return term.signum() == 0 || term.abs().compareTo(sum.abs().max(TINY).multiply(TINY)) < 0;
  }

  private static BigDecimal atanhSeries(BigDecimal x) {
    return oddSeries(x, 1);
  }

  private static BigDecimal atanSeries(BigDecimal x) {
    return oddSeries(x, -1);
  }

  private static BigDecimal oddSeries(BigDecimal x, int sign) {
    BigDecimal square = times(x, x).multiply(BigDecimal.valueOf(sign));
    BigDecimal power = x;
    BigDecimal sum = x;
    for (int n = 3; !small(power, sum); n += 2) {
      power = times(power, square);
      sum = sum.add(over(power, BigDecimal.valueOf(n)), DIGITS);
    }
    return sum;
  }

  static BigDecimal exp(BigDecimal x) {
    long k = Math.round(x.doubleValue() / Math.log(2));
    BigDecimal r = over(x.subtract(LN2.multiply(BigDecimal.valueOf(k))), BigDecimal.valueOf(1024));
    BigDecimal term = ONE;
    BigDecimal sum = ONE;
    for (int n = 1; !small(term, sum); n++) {
      term = over(times(term, r), BigDecimal.valueOf(n));
      sum = sum.add(term, DIGITS);
    }
    for (int i = 0; i < 10; i++) {
      sum = times(sum, sum);
    }
    return times(sum, k >= 0 ? TWO.pow((int) k, DIGITS) : inverse(TWO.pow((int) -k, DIGITS)));
  }

  static BigDecimal log(BigDecimal x) {
    int k = (int) Math.round((x.precision() - x.scale() - 1) * Math.log(10) / Math.log(2));
    BigDecimal m = k >= 0 ? over(x, TWO.pow(k, DIGITS)) : times(x, TWO.pow(-k, DIGITS));
    while (m.compareTo(new BigDecimal("1.5")) > 0) {
      m = times(m, HALF);
      k++;
    }
    while (m.compareTo(new BigDecimal("0.75")) < 0) {
      m = times(m, TWO);
      k--;
    }
    BigDecimal series = atanhSeries(over(m.subtract(ONE), m.add(ONE)));
    return series.multiply(TWO).add(LN2.multiply(BigDecimal.valueOf(k)), DIGITS);
  }

  static BigDecimal pow(BigDecimal x, BigDecimal y) {
    return exp(times(y, log(x)));
  }

  /** Of pi x. */
  static BigDecimal sinPi(BigDecimal x) {
    BigDecimal whole = BigDecimal.valueOf(2L * Math.round(x.doubleValue() / 2));
    BigDecimal r = times(PI, x.subtract(whole));
    BigDecimal term = r;
    BigDecimal sum = r;
    for (int n = 2; !small(term, sum); n += 2) {
      term = over(times(term, times(r, r)).negate(), BigDecimal.valueOf((long) n * (n + 1)));
      sum = sum.add(term, DIGITS);
    }
    return sum;
  }

  static BigDecimal cosPi(BigDecimal x) {
    return sinPi(x.add(HALF));
  }

  // ---- error function

  static BigDecimal erf(BigDecimal x) {
    if (x.abs().compareTo(BigDecimal.valueOf(4)) > 0) {
      BigDecimal tail = ONE.subtract(erfc(x.abs()));
      return x.signum() < 0 ? tail.negate() : tail;
    }
    BigDecimal square = times(x, x);
    BigDecimal term = x;
    BigDecimal sum = x;
    // All terms of exp(-x^2) times this series are positive.
    for (int n = 1; !small(term, sum); n++) {
      term = over(times(term, square.multiply(TWO)), BigDecimal.valueOf(2L * n + 1));
      sum = sum.add(term, DIGITS);
    }
    return over(times(TWO, times(sum, exp(square.negate()))), sqrt(PI));
  }

  static BigDecimal erfc(BigDecimal x) {
    if (x.compareTo(BigDecimal.valueOf(4)) <= 0) {
      return ONE.subtract(erf(x), DIGITS);
    }
    return times(exp(times(x, x).negate()), scaledTail(x));
  }

  /** exp(x^2) erfc(x). */
  static BigDecimal erfcx(BigDecimal x) {
    return x.compareTo(BigDecimal.valueOf(4)) > 0
        ? scaledTail(x)
        : times(exp(times(x, x)), erfc(x));
  }

  private static BigDecimal scaledTail(BigDecimal x) {
    BigDecimal fraction = x;
    for (int n = 1200; n > 0; n--) {
      fraction = x.add(over(BigDecimal.valueOf(n).multiply(HALF), fraction), DIGITS);
    }
    return inverse(times(fraction, sqrt(PI)));
  }

  // ---- gamma function

  private static List<BigDecimal> bernoulli() {
    List<BigDecimal> b = new ArrayList<>();
    for (int m = 0; m <= 2 * TERMS; m++) {
      BigDecimal sum = ZERO;
      BigDecimal binomial = ONE;
      for (int k = 0; k < m; k++) {
        sum = sum.add(times(binomial, b.get(k)));
        binomial =
            over(binomial.multiply(BigDecimal.valueOf(m + 1L - k)), BigDecimal.valueOf(k + 1L));
      }
      b.add(m == 0 ? ONE : over(sum.negate(), BigDecimal.valueOf(m + 1L)));
    }
    return b;
  }

  static BigDecimal lgamma(BigDecimal x) {
    if (x.signum() < 0) {
      BigDecimal sine = sinPi(x).abs();
      return log(over(PI, sine)).subtract(lgamma(ONE.subtract(x)), DIGITS);
    }
    BigDecimal product = ONE;
    BigDecimal y = x;
    while (y.compareTo(BigDecimal.valueOf(FAR)) < 0) {
      product = times(product, y);
      y = y.add(ONE);
    }
    BigDecimal sum = times(y.subtract(HALF), log(y)).subtract(y);
    sum = sum.add(times(HALF, log(TWO.multiply(PI))));
    BigDecimal power = y;
    for (int k = 1; k <= TERMS; k++) {
      BigDecimal divisor = power.multiply(BigDecimal.valueOf(2L * k * (2L * k - 1)));
      sum = sum.add(over(BERNOULLI.get(2 * k), divisor));
      power = times(power, times(y, y));
    }
    return sum.subtract(log(product), DIGITS);
  }

  static BigDecimal digamma(BigDecimal x) {
    if (x.signum() < 0) {
      BigDecimal cotangent = over(cosPi(x), sinPi(x));
      return digamma(ONE.subtract(x)).subtract(times(PI, cotangent), DIGITS);
    }
    BigDecimal sum = ZERO;
    BigDecimal y = x;
    while (y.compareTo(BigDecimal.valueOf(FAR)) < 0) {
      sum = sum.subtract(inverse(y));
      y = y.add(ONE);
    }
    sum = sum.add(log(y)).subtract(over(HALF, y));
    BigDecimal power = times(y, y);
    for (int k = 1; k <= TERMS; k++) {
      sum = sum.subtract(over(BERNOULLI.get(2 * k), power.multiply(BigDecimal.valueOf(2L * k))));
      power = times(power, times(y, y));
    }
    return sum.round(DIGITS);
  }

  /** For q > 0 and moderate s. */
  static BigDecimal zeta(BigDecimal s, BigDecimal q) {
    BigDecimal sum = ZERO;
    BigDecimal a = q;
    for (int k = 0; k < 80; k++) {
      sum = sum.add(pow(a, s.negate()));
      a = a.add(ONE);
    }
    BigDecimal last = pow(a, s.negate());
    sum = sum.add(over(times(last, a), s.subtract(ONE))).add(times(HALF, last));
    BigDecimal factor = over(times(s, last), a);
    BigDecimal factorial = TWO;
    for (int j = 1; j <= TERMS; j++) {
      sum = sum.add(times(factor, over(BERNOULLI.get(2 * j), factorial)));
      BigDecimal odd = s.add(BigDecimal.valueOf(2L * j - 1));
      factor = over(times(factor, times(odd, odd.add(ONE))), times(a, a));
      factorial = factorial.multiply(BigDecimal.valueOf((2L * j + 1) * (2L * j + 2)));
    }
    return sum.round(DIGITS);
  }

  /** P(a, x) by its series. */
  static BigDecimal igamma(BigDecimal a, BigDecimal x) {
    BigDecimal term = ONE;
    BigDecimal sum = ONE;
    for (int n = 1; !small(term, sum); n++) {
      term = over(times(term, x), a.add(BigDecimal.valueOf(n)));
      sum = sum.add(term, DIGITS);
    }
    BigDecimal exponent = times(a, log(x)).subtract(x).subtract(lgamma(a.add(ONE)));
    return times(sum, exp(exponent));
  }

  /** The modified Bessel function of order 0 or 1. */
  static BigDecimal bessel(int order, BigDecimal x) {
    BigDecimal quarter = over(times(x, x), BigDecimal.valueOf(4));
    BigDecimal term = order == 0 ? ONE : times(x, HALF);
    BigDecimal sum = term;
    for (int k = 1; !small(term, sum); k++) {
      term = over(times(term, quarter), BigDecimal.valueOf((long) k * (k + order)));
      sum = sum.add(term, DIGITS);
    }
    return sum;
  }
}
