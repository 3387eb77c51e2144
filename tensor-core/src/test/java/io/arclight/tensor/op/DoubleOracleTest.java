package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.KernelSample;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compiled elementwise kernels against the interpreter that carries every value in double: a second
 * oracle beside libtorch, for every row and sample, edges included.
 */
@Timeout(120)
class DoubleOracleTest {
  private static final double FLOAT_ULPS = 2;
  private static final double DOUBLE_ULPS = 16;

  static Stream<Arguments> rows() {
    return Stream.of(DType.FLOAT32, DType.FLOAT64)
        .flatMap(
            t ->
                Arrays.stream(Pointwise.values())
                    .filter(p -> p.row().dtypes.contains(t))
                    .map(p -> Arguments.of(p, t)));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void agrees(Pointwise row, DType dtype) {
    try (Scope scope = Scope.open()) {
      SampleInputs in = new SampleInputs(dtype, Device.CPU);
      List<Sample> samples = PointwiseSamples.info(row).samples().apply(in);
      assertThat(samples).isNotEmpty();
      for (Sample sample : samples) {
        compare(row, dtype, sample);
      }
    }
  }

  private static void compare(Pointwise row, DType dtype, Sample sample) {
    Tensor out = sample.run()[0];
    List<Tensor> operands = new ArrayList<>();
    for (Tensor t : sample.inputs()) {
      operands.add(t.expand(out.shape()).contiguous());
    }
    double[] got = out.toDoubles();
    double[][] values = operands.stream().map(Tensor::toDoubles).toArray(double[][]::new);
    double[] exact = inDouble(sample.op(), dtype, out, operands);
    for (int i = 0; i < got.length; i++) {
      int at = i;
      double[] terms = Arrays.stream(values).mapToDouble(v -> v[at]).toArray();
      assertThat(miss(out.dtype(), got[i], exact[i], scale(row, exact[i], terms)))
          .as(
              "ulp of %s %s at %s: %s, in double %s",
              row.label(), dtype, Arrays.toString(terms), got[i], exact[i])
          .isLessThanOrEqualTo(dtype == DType.FLOAT32 ? FLOAT_ULPS : DOUBLE_ULPS);
    }
  }

  /** The magnitude whose last place counts: of sums that may cancel, that of their terms' bound. */
  private static double scale(Pointwise row, double exact, double[] terms) {
    return switch (row) {
      case ADD_SCALED,
              LERP,
              ADDCMUL,
              ADDCDIV,
              LOGADDEXP,
              LOGADDEXP2,
              SMOOTH_L1,
              HUBER,
              BINARY_CROSS_ENTROPY_WITH_LOGITS,
              KL_DIV,
              KL_DIV_LOG,
              GAUSSIAN_NLL,
              POISSON_NLL,
              POISSON_NLL_LOG,
              STIRLING,
              SOFT_MARGIN,
              MARGIN_RANKING ->
          4
              * Arrays.stream(terms)
                  .map(Math::abs)
                  .filter(Double::isFinite)
                  .reduce(Math.abs(exact), Math::max);
      case DIGAMMA -> Math.max(Math.abs(exact), 1);
      case GELU -> 6 * exact;
      // As exact as the argument of their exponential, of which the last place counts |it| times.
      case GELU_TANH -> (4 + 4 * terms[0] * terms[0]) * exact;
      case SOFTPLUS -> (1 + Math.abs(terms[0])) * exact;
      case SILU -> 4 * exact;
      case MISH, TANHSHRINK -> 2 * exact;
      default -> exact;
    };
  }

  /** In units of the last place of {@code scale}; of others than floats 0 or infinity. */
  private static double miss(DType dtype, double got, double exact, double scale) {
    if (got == exact || Double.isNaN(got) && Double.isNaN(exact)) {
      return 0;
    }
    if (dtype == DType.FLOAT32) {
      float rounded = (float) exact;
      boolean finite = Float.isFinite((float) got) && Float.isFinite(rounded);
      return got == rounded
          ? 0
          : finite ? Math.abs(got - exact) / Math.ulp((float) scale) : Double.POSITIVE_INFINITY;
    }
    boolean finite = Double.isFinite(got) && Double.isFinite(exact);
    return finite && dtype == DType.FLOAT64
        ? Math.abs(got - exact) / Math.ulp(scale)
        : Double.POSITIVE_INFINITY;
  }

  private static double[] inDouble(Op op, DType dtype, Tensor out, List<Tensor> operands) {
    PointwiseCall call =
        op instanceof PointwiseCall c ? c : new PointwiseCall((Pointwise) op, Pointwise.NONE);
    ElementwiseProgram program = Elementwise.program(call.fn(), call.scalars(), dtype);
    Expr meaning = program.exprs().get(0);
    boolean real = meaning.type().isFloat();
    // The result is widened within the kernel, where it is a double already.
    Expr wide = meaning.type() == Type.F32 ? Exprs.cast(Type.F64, meaning) : meaning;
    Tensor target = Tensor.zeros(out.shape(), real ? DType.FLOAT64 : out.dtype(), Device.CPU);
    Tensor[] inputs = operands.toArray(new Tensor[0]);
    Tensor[] buffers = Stream.concat(Stream.of(target), operands.stream()).toArray(Tensor[]::new);
    ElementwiseProgram widened = ElementwiseProgram.of("oracle", wide, inputs.length);
    Kernel kernel = ElementwiseKernel.build(widened, Loops.of(target, inputs), buffers);
    List<Object> arrays = Arrays.stream(buffers).map(DoubleOracleTest::array).toList();
    List<Number> given = Elementwise.given(call.scalars(), dtype);
    // A number that the meaning does not use is no parameter.
    List<Number> numbers = given.subList(0, kernel.params().size());
    KernelSample run = new KernelSample("oracle", kernel, out.elements(), arrays, numbers);
    Object result = run.run(Interpreter::oracle).buffers().get(0);
    return result instanceof double[] doubles ? doubles : doubles(result);
  }

  private static Object array(Tensor t) {
    double[] values = t.toDoubles();
    switch (t.dtype()) {
      case FLOAT64:
        return values;
      case FLOAT32:
        return t.toFloats();
      case INT64:
        return Arrays.stream(values).mapToLong(v -> (long) v).toArray();
      case INT32:
        return Arrays.stream(values).mapToInt(v -> (int) v).toArray();
      case BOOL:
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) values[i];
        }
        return bytes;
      default:
        throw new IllegalArgumentException("no array of " + t.dtype());
    }
  }

  private static double[] doubles(Object array) {
    if (array instanceof int[] ints) {
      return Arrays.stream(ints).asDoubleStream().toArray();
    }
    byte[] bytes = (byte[]) array;
    double[] out = new double[bytes.length];
    Arrays.setAll(out, i -> bytes[i]);
    return out;
  }
}
