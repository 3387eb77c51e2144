package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InterpreterTest {
  static List<KernelSample> samples() {
    return KernelSamples.all();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void chunksOfRowsGiveTheSameBits(KernelSample sample) {
    KernelSample.Outcome whole = sample.run(Interpreter::compile);
    KernelSample.Outcome parts =
        sample.run(Interpreter.compile(sample.kernel()), Math.max(1, sample.rows() / 3));
    for (int i = 0; i < whole.buffers().size(); i++) {
      assertThat(sample.bits(parts, i)).isEqualTo(sample.bits(whole, i));
    }
    assertThat(parts.error()).isEqualTo(whole.error());
  }

  /** The layout of reductions, written out independently. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 32, 33, 4095, 4096, 4097, 10000})
  void sumsInTheFixedLayout(int n) {
    KernelSample sample = named("sum F32 " + n);
    float[] data = (float[]) sample.buffers().get(0);
    float[] sums = (float[]) sample.run(Interpreter::compile).buffers().get(1);
    for (int row = 0; row < 2; row++) {
      float total = 0;
      for (int start = 0; start < n; start += 4096) {
        float[] lanes = new float[32];
        for (int i = start; i < Math.min(n, start + 4096); i++) {
          lanes[i % 32] += data[row * n + i];
        }
        for (int half : new int[] {16, 8, 4, 2, 1}) {
          for (int lane = 0; lane < half; lane++) {
            lanes[lane] += lanes[lane + half];
          }
        }
        total = start == 0 ? lanes[0] : total + lanes[0];
      }
      assertThat(sums[row]).isEqualTo(total);
    }
  }

  @Test
  void argmaxFindsTheFirstOfTheLargestAndNan() {
    long[] places = (long[]) named("argmax F64 10000").run(Interpreter::compile).buffers().get(2);
    assertThat(places[0]).isEqualTo(5000);
    assertThat(places[1]).isEqualTo(29);
  }

  @Test
  void philoxMatchesTheReference() {
    // Reference of Salmon et al. for counter 0 and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    KernelSample sample = named("philox");
    KernelSample zero =
        new KernelSample("philox", sample.kernel(), 1, sample.buffers(), List.of(0L));
    KernelSample.Outcome outcome = zero.run(Interpreter::compile);
    assertThat(((int[]) outcome.buffers().get(0))[0]).isEqualTo(0x6627e8d5);
    assertThat(((int[]) outcome.buffers().get(1))[0]).isEqualTo(0x9b00dbd8);
  }

  @Test
  void firstBadRowIsReported() {
    KernelSample.Outcome outcome = named("gather out of range").run(Interpreter::compile);
    assertThat(outcome.error()).containsExactly(ErrorCode.INDEX_OUT_OF_RANGE.ordinal(), 17, -3);
    assertThat(((float[]) outcome.buffers().get(2))[17]).isZero();
    assertThat(named("gather").run(Interpreter::compile).error()[0]).isZero();
  }

  @Test
  void carriedValuesChangeAtOnce() {
    long[] fibonacci = (long[]) named("serialDot").run(Interpreter::compile).buffers().get(2);
    assertThat(fibonacci).containsExactly(0, 1, 1, 55, 12586269025L);
  }

  @Test
  void castsSaturateAndWrap() {
    assertThat(Exprs.cast(Type.I32, constant(Type.F32, 3e9)))
        .isEqualTo(Exprs.int32(Integer.MAX_VALUE));
    assertThat(Exprs.cast(Type.I64, constant(Type.F64, Double.NaN))).isEqualTo(int64(0));
    assertThat(Exprs.cast(Type.I32, int64(0x1_0000_0005L))).isEqualTo(Exprs.int32(5));
    // 2^62 + 2^38 + 1 is above the middle of two floats; by way of double it would be a tie.
    assertThat(Exprs.cast(Type.F32, int64(0x4000004000000001L)))
        .isEqualTo(new Expr.Real(Type.F32, 0x1.000002p62));
  }

  @Test
  void oracleCarriesDoubles() {
    Expr.Var row = new Expr.Var("row", Type.I64);
    Expr x = load(0, row, Type.F32);
    Expr tiny = constant(Type.F32, 0x1p-30);
    Kernel kernel =
        new Kernel(
            "cancel",
            List.of(
                new Kernel.Buffer(Type.F32, Kernel.Access.READ),
                new Kernel.Buffer(Type.F32, Kernel.Access.WRITE)),
            List.of(),
            row,
            true,
            List.of(new Stmt.Store(1, row, Exprs.sub(add(x, tiny), x))));
    KernelSample sample =
        new KernelSample("cancel", kernel, 1, List.of(new float[] {1}, new float[1]), List.of());
    assertThat(((float[]) sample.run(Interpreter::compile).buffers().get(1))[0]).isZero();
    assertThat(((float[]) sample.run(Interpreter::oracle).buffers().get(1))[0]).isEqualTo(0x1p-30f);
  }

  @Test
  void illTypedKernelsAreRefused() {
    Expr.Var row = new Expr.Var("row", Type.I64);
    Kernel unbound =
        new Kernel(
            "unbound",
            List.of(new Kernel.Buffer(Type.F32, Kernel.Access.WRITE)),
            List.of(),
            row,
            true,
            List.of(new Stmt.Store(0, row, new Expr.Var("y", Type.F32))));
    assertThatThrownBy(() -> Interpreter.compile(unbound)).hasMessageContaining("y is used");
    assertThatThrownBy(() -> add(int64(1), Exprs.int32(1))).hasMessageContaining("cast one");
    assertThatThrownBy(() -> Exprs.not(constant(Type.F32, 1)))
        .hasMessage("NOT is not defined on F32");
  }

  private static KernelSample named(String name) {
    return samples().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }
}
