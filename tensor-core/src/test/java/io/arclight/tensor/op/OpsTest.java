package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests of every operation, generated from its samples. */
@Timeout(120)
class OpsTest {

  record Case(OpInfo info, DType dtype) {
    @Override
    public String toString() {
      return info.name() + " " + dtype;
    }
  }

  static Stream<Case> cases() {
    return Ops.all().stream().flatMap(i -> i.dtypes().stream().map(t -> new Case(i, t)));
  }

  static Stream<Case> narrowCases() {
    return cases().filter(c -> c.dtype.isDifferentiable() && c.dtype != wide(c.dtype));
  }

  private static DType wide(DType dtype) {
    return dtype.isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
  }

  static Stream<Case> floatCases() {
    return cases().filter(c -> c.dtype == DType.FLOAT32);
  }

  private static List<Sample> samples(Case c, Device device) {
    List<Sample> out = c.info.samples().apply(new SampleInputs(c.dtype, device));
    assertThat(out).as("samples of " + c).isNotEmpty();
    return out;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputsAreWhatInferSays(Case c) {
    try (Scope scope = Scope.open()) {
      for (Sample s : samples(c, Device.CPU)) {
        Tensor[] out = s.run();
        if (s.op() == null) {
          continue; // its parts are tested
        }
        List<Spec> specs = s.op().infer(s.inputs().toArray(new Tensor[0]));
        assertThat(out).hasSameSizeAs(specs);
        for (int i = 0; i < out.length; i++) {
          assertThat(new Spec(out[i].shape(), out[i].dtype(), out[i].device()))
              .as(s.toString())
              .isEqualTo(specs.get(i));
          assertThat(out[i].storage().tag()).as("who holds the memory").isNotEqualTo("empty");
        }
      }
    }
  }

  /** The queue device gives the same bits: no hidden host reads, no missing waits. */
  @ParameterizedTest
  @MethodSource("cases")
  void devicesAgree(Case c) {
    try (Scope scope = Scope.open()) {
      List<Sample> host = samples(c, Device.CPU);
      List<Sample> queue = samples(c, Device.QUEUE);
      for (int k = 0; k < host.size(); k++) {
        Tensor[] a = host.get(k).run();
        Tensor[] b = queue.get(k).run();
        for (int i = 0; i < a.length; i++) {
          assertThat(b[i].device()).isEqualTo(Device.QUEUE);
          assertThat(b[i].toDoubles()).as(host.get(k).toString()).isEqualTo(a[i].toDoubles());
        }
      }
    }
  }

  /** Inputs with gaps, other orders and offsets give what dense ones give. */
  @ParameterizedTest
  @MethodSource("cases")
  void layoutsDoNotMatter(Case c) {
    try (Scope scope = Scope.open()) {
      for (Sample s : samples(c, Device.CPU)) {
        if (s.op() instanceof ViewOp v && v.ofMemory()) {
          continue; // by definition about layouts
        }
        Tensor[] spread = s.inputs().stream().map(OpsTest::spread).toArray(Tensor[]::new);
        Tensor[] expected = s.run();
        Tensor[] actual = s.run(spread);
        for (int i = 0; i < expected.length; i++) {
          double[] e = expected[i].toDoubles();
          double[] a = actual[i].toDoubles();
          assertClose(s.toString(), a, e, tolerance(expected[i]));
        }
      }
    }
  }

  /** What a dtype cannot hold counts as its largest number. */
  private static double[] inRange(DType dtype, double[] values) {
    double most = dtype.toReal().finfo().max();
    return Arrays.stream(values)
        .map(x -> Double.isNaN(x) ? x : Math.max(-most, Math.min(most, x)))
        .toArray();
  }

  /** Within the tolerances; infinities and NaN in the same places. */
  static void assertClose(
      String what, double[] actual, double[] expected, double absolute, double relative) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int j = 0; j < expected.length; j++) {
      double e = expected[j];
      if (Double.isFinite(e)) {
        assertThat(actual[j])
            .as(what + " at " + j)
            .isCloseTo(e, within(absolute + relative * Math.abs(e)));
      } else {
        assertThat(Double.compare(actual[j], e))
            .as(what + " at " + j + ": " + actual[j] + ", " + e)
            .isZero();
      }
    }
  }

  private static void assertClose(
      String what, double[] actual, double[] expected, double tolerance) {
    assertClose(what, actual, expected, tolerance, tolerance);
  }

  /** The same values at every second position, to the last, of memory in another order. */
  static Tensor spread(Tensor t) {
    if (t.rank() == 0) {
      return Tensor.stack(0, t, t).select(0, 1);
    }
    long[] dims = t.shape().toArray();
    dims[0] *= 2;
    int[] reversed = new int[dims.length];
    long[] turned = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      reversed[i] = dims.length - 1 - i;
      turned[i] = dims[dims.length - 1 - i];
    }
    Tensor wide = Tensor.zeros(Shape.of(turned), t.dtype(), t.device()).permute(reversed);
    Tensor view = wide.slice(0, 1, dims[0], 2);
    return view.copyInPlace(t);
  }

  /** What results of one dtype may differ by when they are summed in another order. */
  private static double tolerance(Tensor result) {
    double eps = result.dtype().isFloatingPoint() ? result.dtype().finfo().eps() : 0;
    return Math.max(1e-5, 2 * eps);
  }

  /** Narrower floating-point dtypes agree with float64. */
  @ParameterizedTest
  @MethodSource("narrowCases")
  void precisionsAgree(Case c) {
    boolean half = c.dtype.accumulator() != c.dtype;
    double relative = half ? 4 * c.dtype.finfo().eps() : 5e-6;
    double absolute = half ? relative : 1e-5;
    try (Scope scope = Scope.open()) {
      for (Sample s : samples(c, Device.CPU)) {
        if (s.op() instanceof ViewOp v && v.ofMemory()) {
          continue; // about bytes, not values
        }
        // Weights of halves may be of the dtype that is summed in.
        Set<DType> narrow = EnumSet.of(c.dtype, half ? c.dtype.accumulator() : c.dtype);
        Tensor[] wide =
            s.inputs().stream()
                .map(t -> narrow.contains(t.dtype()) ? t.to(wide(c.dtype)) : t)
                .toArray(Tensor[]::new);
        Tensor[] expected = s.run(wide);
        Tensor[] actual = s.run();
        for (int i = 0; i < expected.length; i++) {
          double[] e = expected[i].toDoubles();
          double[] a = actual[i].toDoubles();
          assertClose(s.toString(), inRange(c.dtype, a), inRange(c.dtype, e), absolute, relative);
        }
      }
    }
  }

  /** The batching rule gives what slice-by-slice application gives. */
  @ParameterizedTest
  @MethodSource("cases")
  void batchingRulesAgreeWithSlices(Case c) {
    try (Scope scope = Scope.open()) {
      for (Sample s : samples(c, Device.CPU)) {
        if (s.op() == null || s.inputs().stream().anyMatch(t -> t.elements() == 0)) {
          continue;
        }
        Tensor[] in = s.inputs().toArray(new Tensor[0]);
        for (int mask = 1; mask < 1 << in.length; mask++) {
          requireRuleAgrees(s, in, mask);
        }
      }
    }
  }

  /** With the inputs batched whose bits are set. */
  private static void requireRuleAgrees(Sample s, Tensor[] in, int mask) {
    boolean[] batched = new boolean[in.length];
    Tensor[] stacked = in.clone();
    for (int i = 0; i < in.length; i++) {
      batched[i] = (mask & 1 << i) != 0;
      if (batched[i]) {
        boolean real = in[i].dtype().isFloatingPoint();
        Tensor other = real ? in[i].mul(0.5).to(in[i].dtype()) : in[i];
        stacked[i] = Tensor.stack(0, in[i], other, in[i]);
      }
    }
    String what = s + " batched " + Arrays.toString(batched);
    Tensor[] fast = s.op().batch(3, batched, stacked);
    Tensor[] slow = Batching.loop(s.op(), 3, batched, stacked);
    for (int i = 0; i < fast.length; i++) {
      assertThat(fast[i].shape()).as(what).isEqualTo(slow[i].shape());
      assertThat(fast[i].dtype()).as(what).isEqualTo(slow[i].dtype());
      assertClose(what, fast[i].toDoubles(), slow[i].toDoubles(), tolerance(slow[i]));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void errorsSayWhatIsWrong(Case c) {
    for (Device device : List.of(Device.CPU, Device.QUEUE)) {
      try (Scope scope = Scope.open()) {
        for (ErrorSample s : c.info.errors().apply(new SampleInputs(c.dtype, device))) {
          assertThatThrownBy(
                  () -> {
                    s.call().apply(s.inputs().toArray(new Tensor[0]));
                    Backend.of(device).synchronize();
                  })
              .as(s.toString())
              .isInstanceOf(s.error())
              .hasMessageContaining(s.text());
        }
      }
    }
  }

  /** Saved programs read back what was written. */
  @ParameterizedTest
  @MethodSource("floatCases")
  void encodingRoundTrips(Case c) {
    try (Scope scope = Scope.open()) {
      for (Sample s : samples(c, Device.CPU)) {
        if (s.op() == null) {
          continue;
        }
        Map<String, Object> encoded = OpCodec.encode(s.op());
        assertThat(OpCodec.encode(OpCodec.decode(encoded))).isEqualTo(encoded);
        Tensor[] again =
            Tensor.applyAll(OpCodec.decode(encoded), s.inputs().toArray(new Tensor[0]));
        assertThat(Arrays.stream(again).map(Tensor::toDoubles).toArray())
            .isEqualTo(Arrays.stream(s.run()).map(Tensor::toDoubles).toArray());
      }
    }
  }
}
