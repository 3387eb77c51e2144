package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every elementwise operation compiles for pairs of dtypes, and promotes. */
@Timeout(120)
class DTypePairsTest {
  static Stream<Pointwise> operations() {
    return Arrays.stream(Pointwise.values()).filter(p -> p.arity() > 1 && p.mask() < 0);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void mixedOperandsGiveWhatConvertedOnesGive(Pointwise p) {
    for (DType a : DType.values()) {
      for (DType b : DType.values()) {
        DType both = DType.promote(a, b);
        if (!PointwiseSamples.info(p).dtypes().contains(both) || repeats(p, a, b)) {
          continue;
        }
        try (Scope scope = Scope.open()) {
          Tensor[] mixed = new Tensor[p.arity()];
          Tensor[] same = new Tensor[p.arity()];
          for (int i = 0; i < mixed.length; i++) {
            mixed[i] = domain(p, i).of(new SampleInputs(i == 0 ? a : b, Device.CPU), 5);
            same[i] = mixed[i].to(both);
          }
          Tensor expected = Tensor.apply(p, same);
          Tensor actual = Tensor.apply(p, mixed);
          assertThat(actual.dtype()).as("%s of %s and %s", p, a, b).isEqualTo(expected.dtype());
          assertThat(actual.toDoubles())
              .as("%s of %s and %s", p, a, b)
              .isEqualTo(expected.toDoubles());
        }
      }
    }
  }

  /** Of any dtype, without divisors of 0. */
  private static Row.Domain domain(Pointwise p, int i) {
    Row.Domain own = p.row().domains[i];
    return own == Row.ANY || own == Row.WHOLE ? Row.POSITIVE : own;
  }

  /** Rows of real floats alone show their conversions by pairs with float32, or that become it. */
  private static boolean repeats(Pointwise p, DType a, DType b) {
    return p.row().dtypes.equals(DTypes.FLOATS)
        && a != DType.FLOAT32
        && b != DType.FLOAT32
        && DType.promote(a, b) != DType.FLOAT32;
  }

  /** A choice by a mask, and writing in place what may be cast. */
  @ParameterizedTest
  @EnumSource
  void masksAndAssignments(DType a) {
    for (DType b : DType.values()) {
      try (Scope scope = Scope.open()) {
        Tensor x = new SampleInputs(a, Device.CPU).positive(5);
        Tensor y = new SampleInputs(b, Device.CPU).positive(5);
        Tensor mask = Tensor.of(true, false, true, false, true);
        DType both = DType.promote(a, b);
        double[] wide = x.to(both).toDoubles();
        double[] expected = y.to(both).toDoubles();
        int parts = expected.length / 5;
        for (int i = 0; i < expected.length; i++) {
          expected[i] = i / parts % 2 == 0 ? wide[i] : expected[i];
        }
        Tensor chosen = Tensor.apply(Pointwise.WHERE, mask, x, y);
        assertThat(chosen.dtype()).isEqualTo(both);
        assertThat(chosen.toDoubles()).as("where of %s and %s", a, b).isEqualTo(expected);
        assertThat(x.copy().copyInPlace(y).toDoubles()).isEqualTo(y.to(a).toDoubles());
      }
    }
  }
}
