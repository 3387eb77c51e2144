package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.arclight.tensor.cpu.VectorPlan.Masking;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.HalfConversion;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.KernelSample;
import io.arclight.tensor.ir.KernelSamples;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compiled kernels against interpreted ones, for vectors of any size that processors have. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LlvmReaderTest {
  private static final int RANDOM_KERNELS = Integer.getInteger("arclight.test.kernels", 50);
  private static int symbols;

  @BeforeAll
  static void needsLlvm() {
    assumeThat(Llvm.available()).as(() -> Llvm.unavailableReason()).isTrue();
  }

  static List<VectorPlan> plans() {
    List<VectorPlan> plans = new ArrayList<>();
    HalfConversion own = VectorPlan.of(Llvm.instance().features()).halves();
    for (int vectorBytes : new int[] {16, 32, 64}) {
      HalfConversion halves = vectorBytes == 16 ? HalfConversion.INTEGERS : own;
      plans.add(new VectorPlan(vectorBytes, Masking.values()[vectorBytes / 32], halves));
    }
    return plans;
  }

  @ParameterizedTest
  @MethodSource("plans")
  void samplesGiveTheInterpretersBits(VectorPlan plan) {
    for (KernelSample sample : KernelSamples.all()) {
      agrees(sample, plan);
    }
  }

  @ParameterizedTest
  @MethodSource("plans")
  void randomKernelsGiveTheInterpretersBits(VectorPlan plan) {
    LongStream.range(0, RANDOM_KERNELS)
        .forEach(seed -> agrees(RandomKernels.of(seed * 64 + plan.masking().ordinal()), plan));
  }

  private static void agrees(KernelSample sample, VectorPlan plan) {
    Kernel kernel = sample.kernel();
    KernelSample.Outcome expected = sample.run(Interpreter::compile);
    CompiledKernel compiled = compile(kernel, plan);
    for (long chunk : new long[] {sample.rows(), sample.rows() / 3}) {
      KernelSample.Outcome actual = sample.run(compiled, chunk);
      for (int i = 0; i < kernel.buffers().size(); i++) {
        assertThat(sample.bits(actual, i))
            .as("buffer %d of %s, masking %s", i, sample, plan.masking())
            .isEqualTo(sample.bits(expected, i));
      }
      assertThat(actual.error()).as("error slot of %s", sample).isEqualTo(expected.error());
    }
  }

  private static CompiledKernel compile(Kernel kernel, VectorPlan plan) {
    String symbol = "test" + symbols++;
    Llvm llvm = Llvm.instance();
    llvm.link(llvm.compile(LlvmReader.read(kernel, symbol, plan)));
    long address = llvm.address(symbol);
    return (args, begin, end) -> NativeCalls.call(address, args, begin, end);
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
    assertThatThrownBy(() -> LlvmReader.read(unbound, "k", plans().get(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("y is used where it is not bound");
  }
}
