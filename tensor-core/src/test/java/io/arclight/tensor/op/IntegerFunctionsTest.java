package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.math.BigInteger;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Functions of integers against big ones, of all pairs of small, extreme and random values. */
@Timeout(60)
class IntegerFunctionsTest {
  private static long[] values(DType dtype) {
    long least = dtype.iinfo().min();
    long most = dtype.iinfo().max();
    LongStream small = LongStream.rangeClosed(-6, 12);
    LongStream edges = LongStream.of(least, least + 1, most, most - 1, most / 2, 63, 64, 31, 32);
    LongStream random = new Random(4).longs(20, least / 2, most / 2);
    return LongStream.concat(LongStream.concat(small, edges), random).toArray();
  }

  private static void check(Pointwise op, DType dtype, LongBinaryOperator expected) {
    long[] values = values(dtype);
    int n = values.length;
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(values).to(dtype);
      long[] got = Tensor.apply(op, x.unsqueeze(1), x).toLongs();
      for (int i = 0; i < n * n; i++) {
        long a = values[i / n];
        long b = values[i % n];
        assertThat(got[i]).as("%s(%s, %s)", op.label(), a, b).isEqualTo(expected.applyAsLong(a, b));
      }
    }
  }

  private static LongBinaryOperator wrapped(DType dtype, BinaryOperator<BigInteger> f) {
    return (a, b) -> {
      long v = f.apply(BigInteger.valueOf(a), BigInteger.valueOf(b)).longValue();
      return dtype == DType.INT32 ? (int) v : v;
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64"})
  void gcd(DType dtype) {
    check(Pointwise.GCD, dtype, wrapped(dtype, BigInteger::gcd));
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64"})
  void pow(DType dtype) {
    BigInteger modulus = BigInteger.ONE.shiftLeft(64);
    check(
        Pointwise.POW,
        dtype,
        (a, b) -> {
          if (b < 0) {
            return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
          }
          return wrapped(dtype, (x, y) -> x.modPow(y, modulus)).applyAsLong(a, b);
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64"})
  void shifts(DType dtype) {
    int width = dtype.iinfo().bits();
    check(
        Pointwise.BITWISE_LEFT_SHIFT,
        dtype,
        (a, b) -> b < 0 || b >= width ? 0 : dtype == DType.INT32 ? (int) a << b : a << b);
    check(
        Pointwise.BITWISE_RIGHT_SHIFT, dtype, (a, b) -> a >> (b < 0 || b >= width ? width - 1 : b));
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT32", "INT64"})
  void lcm(DType dtype) {
    try (Scope scope = Scope.open()) {
      long[] small = LongStream.rangeClosed(-20, 20).toArray();
      Tensor x = Tensor.of(small).to(dtype);
      long[] got = x.unsqueeze(1).lcm(x).toLongs();
      for (int i = 0; i < got.length; i++) {
        BigInteger a = BigInteger.valueOf(small[i / small.length]);
        BigInteger b = BigInteger.valueOf(small[i % small.length]);
        BigInteger gcd = a.gcd(b);
        long lcm = gcd.signum() == 0 ? 0 : a.multiply(b).divide(gcd).abs().longValue();
        assertThat(got[i]).as("lcm(%s, %s)", a, b).isEqualTo(lcm);
      }
    }
  }
}
