package io.arclight.tensor;

import static io.arclight.tensor.DType.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Promotion, limits and conversions of all dtypes, against tables of PyTorch's rules. */
@Timeout(60)
class DTypeTest {
  private static final Map<String, DType> SHORT = new HashMap<>();

  static {
    List<String> names =
        List.of("b", "u1", "i1", "i2", "i4", "i8", "f2", "bf", "f4", "f8", "cf", "cd");
    for (DType t : DType.values()) {
      SHORT.put(names.get(SHORT.size()), t);
    }
  }

  /** {@code torch.promote_types}; rows and columns in one order. */
  private static final String PROMOTE =
      """
      .  b  u1 i1 i2 i4 i8 f2 bf f4 f8 cf cd
      b  b  u1 i1 i2 i4 i8 f2 bf f4 f8 cf cd
      u1 u1 u1 i2 i2 i4 i8 f2 bf f4 f8 cf cd
      i1 i1 i2 i1 i2 i4 i8 f2 bf f4 f8 cf cd
      i2 i2 i2 i2 i2 i4 i8 f2 bf f4 f8 cf cd
      i4 i4 i4 i4 i4 i4 i8 f2 bf f4 f8 cf cd
      i8 i8 i8 i8 i8 i8 i8 f2 bf f4 f8 cf cd
      f2 f2 f2 f2 f2 f2 f2 f2 f4 f4 f8 cf cd
      bf bf bf bf bf bf bf f4 bf f4 f8 cf cd
      f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f8 cf cd
      f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 cd cd
      cf cf cf cf cf cf cf cf cf cf cd cf cd
      cd cd cd cd cd cd cd cd cd cd cd cd cd
      """;

  /**
   * {@code torch.result_type} of a tensor with dimensions (rows) and one without (columns); but
   * halves with complex numbers give complex64, in the place of complex32, which there is not.
   */
  private static final String WITH_ZERO_DIM =
      """
      .  b  u1 i1 i2 i4 i8 f2 bf f4 f8 cf cd
      b  b  u1 i1 i2 i4 i8 f2 bf f4 f8 cf cd
      u1 u1 u1 u1 u1 u1 u1 f2 bf f4 f8 cf cd
      i1 i1 i1 i1 i1 i1 i1 f2 bf f4 f8 cf cd
      i2 i2 i2 i2 i2 i2 i2 f2 bf f4 f8 cf cd
      i4 i4 i4 i4 i4 i4 i4 f2 bf f4 f8 cf cd
      i8 i8 i8 i8 i8 i8 i8 f2 bf f4 f8 cf cd
      f2 f2 f2 f2 f2 f2 f2 f2 f2 f2 f2 cf cf
      bf bf bf bf bf bf bf bf bf bf bf cf cf
      f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 cf cf
      f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 cd cd
      cf cf cf cf cf cf cf cf cf cf cf cf cf
      cd cd cd cd cd cd cd cd cd cd cd cd cd
      """;

  record Pair(DType a, DType b, DType promoted, DType withZeroDim) {}

  private static List<List<DType>> table(String text) {
    List<List<DType>> rows = new ArrayList<>();
    for (String line : text.strip().lines().toList()) {
      rows.add(Arrays.stream(line.split(" +")).map(SHORT::get).toList());
    }
    return rows;
  }

  static Stream<Pair> pairs() {
    List<List<DType>> promote = table(PROMOTE);
    List<List<DType>> zero = table(WITH_ZERO_DIM);
    List<Pair> out = new ArrayList<>();
    for (int i = 1; i < promote.size(); i++) {
      for (int j = 1; j < promote.size(); j++) {
        out.add(
            new Pair(
                promote.get(i).get(0),
                promote.get(0).get(j),
                promote.get(i).get(j),
                zero.get(i).get(j)));
      }
    }
    assertThat(out).hasSize(DType.values().length * DType.values().length);
    return out.stream();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void promotes(Pair p) {
    assertThat(promote(p.a, p.b)).isEqualTo(p.promoted);
    try (Scope scope = Scope.open()) {
      Tensor a = Tensor.ones(Shape.of(2), p.a);
      Tensor b = Tensor.ones(Shape.of(2), p.b);
      assertThat(a.add(b).dtype()).isEqualTo(p.promoted);
      assertThat(a.add(b.select(0, 0)).dtype()).isEqualTo(p.withZeroDim);
      assertThat(b.select(0, 0).add(a).dtype()).isEqualTo(p.withZeroDim);
      assertThat(a.select(0, 0).add(b.select(0, 0)).dtype()).isEqualTo(p.promoted);
      assertThat(Tensor.cat(0, a, b).dtype()).isEqualTo(p.promoted);
      assertThat(resultType(a, b)).isEqualTo(p.promoted);
      assertThat(resultType(a, b.select(0, 0))).isEqualTo(p.withZeroDim);
    }
  }

  /** Numbers do not widen within a category. */
  @ParameterizedTest
  @EnumSource
  void promotesWithNumbers(DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor t = Tensor.ones(Shape.of(2), dtype);
      assertThat(t.mul(2).dtype()).isEqualTo(dtype == BOOL ? INT64 : dtype);
      DType real = dtype.isDifferentiable() ? dtype : FLOAT32;
      assertThat(t.mul(2.5).dtype()).isEqualTo(real);
      assertThat(resultType(t, 2)).isEqualTo(dtype == BOOL ? INT64 : dtype);
      assertThat(resultType(t, 2.5)).isEqualTo(real);
      assertThat(t.div(2).dtype()).isEqualTo(real);
      assertThat(t.mul(Complex.of(0, 1)).dtype()).isEqualTo(real.toComplex());
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void castsImplicitlyToHigherCategoriesOnly(Pair p) {
    boolean allowed =
        p.a == BOOL
            || p.b.isComplex()
            || p.b.isFloatingPoint() && !p.a.isComplex()
            || p.a.isInteger() && p.b.isInteger();
    assertThat(canCast(p.a, p.b)).isEqualTo(allowed);
    try (Scope scope = Scope.open()) {
      Tensor target = Tensor.ones(Shape.of(2), p.b);
      Tensor other = Tensor.ones(Shape.of(2), p.a);
      if (allowed) {
        target.mulInPlace(other);
      } else {
        assertThatThrownBy(() -> target.mulInPlace(other))
            .isInstanceOf(DTypeException.class)
            .hasMessageContaining("cannot be stored in place in a " + p.b + " tensor");
      }
    }
  }

  /** Every number that both hold arrives; others as Java converts them. */
  @ParameterizedTest
  @MethodSource("pairs")
  void converts(Pair p) {
    try (Scope scope = Scope.open()) {
      double[] values = {0, 1, 2, 100, 127};
      Tensor t = Tensor.of(values).to(p.a);
      double[] expected =
          p.a == BOOL || p.b == BOOL
              ? new double[] {0, 1, 1, 1, 1}
              : new double[] {0, 1, 2, 100, 127};
      assertThat(t.to(p.b).real().toDoubles()).isEqualTo(expected);
      assertThat(t.to(p.b).to(Device.QUEUE).to(p.a).real().toDoubles()).isEqualTo(expected);
      assertThat(Tensor.zeros(t.shape(), p.b).copyInPlace(t).real().toDoubles())
          .isEqualTo(expected);
    }
  }

  @Test
  void narrowIntegersWrap() {
    try (Scope scope = Scope.open()) {
      Tensor bytes = Tensor.of((byte) 127, (byte) -128);
      assertThat(bytes.add(1).toLongs()).containsExactly(-128, -127);
      assertThat(bytes.neg().toLongs()).containsExactly(-127, -128);
      assertThat(bytes.mul(bytes).toLongs()).containsExactly(1, 0);
      assertThat(bytes.sum().toLongs()).containsExactly(-1);
      assertThat(Tensor.of(300L, -1L).to(INT8).toLongs()).containsExactly(44, -1);
      assertThat(Tensor.of(300L, -1L).to(UINT8).toLongs()).containsExactly(44, 255);
      assertThat(Tensor.of(70000L).to(INT16).toLongs()).containsExactly(4464);
    }
  }

  /** A number or a tensor of a wider dtype that does not widen is itself converted first. */
  @Test
  void operandsAreConvertedToTheDtypeOfTheResult() {
    try (Scope scope = Scope.open()) {
      Tensor bytes = Tensor.of((byte) 44, (byte) 5);
      assertThat(bytes.maximum(Tensor.scalar(300L)).toLongs()).containsExactly(44, 44);
      assertThat(bytes.eq(Tensor.scalar(300L)).toDoubles()).containsExactly(1, 0);
      assertThat(bytes.eq(300).toDoubles()).containsExactly(1, 0);
      Tensor unsigned = Tensor.of(new byte[] {-56}, Shape.of(1), UINT8);
      assertThat(unsigned.toLongs()).containsExactly(200);
      assertThat(bytes.lt(unsigned.select(0, 0)).toDoubles()).containsExactly(0, 0);
    }
  }

  @Test
  void limits() {
    assertThat(FLOAT16.finfo()).isEqualTo(new FloatInfo(16, 0x1p-10, 65504, -65504, 0x1p-14, 1e-3));
    assertThat(BFLOAT16.finfo().max()).isEqualTo(0x1.fep127);
    assertThat(BFLOAT16.finfo().eps()).isEqualTo(0x1p-7);
    assertThat(FLOAT32.finfo().max()).isEqualTo(Float.MAX_VALUE);
    assertThat(FLOAT32.finfo().tiny()).isEqualTo(Float.MIN_NORMAL);
    assertThat(FLOAT64.finfo().max()).isEqualTo(Double.MAX_VALUE);
    assertThat(FLOAT64.finfo().eps()).isEqualTo(Math.ulp(1.0));
    assertThat(UINT8.iinfo()).isEqualTo(new IntegerInfo(8, 0, 255));
    assertThat(INT8.iinfo()).isEqualTo(new IntegerInfo(8, -128, 127));
    assertThat(INT16.iinfo()).isEqualTo(new IntegerInfo(16, -32768, 32767));
    assertThat(INT32.iinfo().max()).isEqualTo(Integer.MAX_VALUE);
    assertThat(INT64.iinfo().min()).isEqualTo(Long.MIN_VALUE);
    assertThatThrownBy(INT8::finfo).isInstanceOf(DTypeException.class).hasMessageContaining("int8");
    assertThatThrownBy(BOOL::iinfo).isInstanceOf(DTypeException.class).hasMessageContaining("bool");
  }

  @Test
  void defaultDType() {
    try (Scope scope = Scope.open()) {
      DType.defaultDType(FLOAT64);
      assertThat(Tensor.zeros(Shape.of(1)).dtype()).isEqualTo(FLOAT64);
      assertThat(Tensor.rand(Shape.of(1)).dtype()).isEqualTo(FLOAT64);
      assertThat(Tensor.of(1L).div(2).dtype()).isEqualTo(FLOAT64);
      assertThat(Tensor.of(1L).add(0.5).dtype()).isEqualTo(FLOAT64);
      assertThat(Tensor.of(1f).add(0.5).dtype()).isEqualTo(FLOAT32);
      assertThat(Tensor.of(1.5).toString()).isEqualTo("tensor([1.5000])");
    } finally {
      DType.defaultDType(FLOAT32);
    }
    assertThatThrownBy(() -> DType.defaultDType(INT32))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("must be floating-point, not int32");
  }

  @Test
  void javaArraysOfBits() {
    try (Scope scope = Scope.open()) {
      short[] bits = {0x3c00, (short) 0xc000, 0x7c00, 1};
      Tensor half = Tensor.of(bits, Shape.of(2, 2), FLOAT16);
      assertThat(half.toDoubles()).containsExactly(1, -2, Double.POSITIVE_INFINITY, 0x1p-24);
      assertThat(half.t().toShorts()).containsExactly(0x3c00, 0x7c00, (short) 0xc000, 1);
      assertThat(half.select(0, 0).select(0, 1).item()).isEqualTo(-2);
      Tensor brain = Tensor.of(new short[] {0x3f80}, Shape.of(1), BFLOAT16);
      assertThat(brain.toFloats()).containsExactly(1);
      assertThat(brain.toString()).isEqualTo("tensor([1.], dtype=torch.bfloat16)");
      assertThat(Tensor.of((short) -3).toString()).isEqualTo("tensor([-3], dtype=torch.int16)");
      assertThat(Tensor.of((byte) -3).toBytes()).containsExactly(-3);
      assertThat(Tensor.of(new byte[] {-3}, Shape.of(1), UINT8).toLongs()).containsExactly(253);
      assertThatThrownBy(() -> Tensor.of(bits, Shape.of(4), FLOAT32))
          .isInstanceOf(DTypeException.class)
          .hasMessageContaining("not of float32");
      assertThatThrownBy(() -> Tensor.of(1f).toShorts())
          .isInstanceOf(DTypeException.class)
          .hasMessageContaining("convert with to(INT16)");
      assertThatThrownBy(() -> Tensor.of((short) 1).toBytes())
          .isInstanceOf(DTypeException.class)
          .hasMessageContaining("convert with to(INT8)");
      assertThatThrownBy(() -> Tensor.of(new byte[2], Shape.of(2), BOOL))
          .isInstanceOf(DTypeException.class)
          .hasMessageContaining("not of bool");
    }
  }

  @Test
  void names() {
    for (DType t : DType.values()) {
      assertThat(DType.of(t.toString())).isEqualTo(t);
    }
  }
}
