package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.InPlaceException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.SampleInputs;
import io.arclight.tensor.op.Spec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class InPlaceTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor leaf(double... values) {
    return Tensor.of(values).requiresGrad(true);
  }

  private static Tensor matrix(double... values) {
    return Tensor.of(values, Shape.of(values.length / 2, 2)).requiresGrad(true);
  }

  // ---- every operation

  static Stream<OpInfo> operations() {
    return Ops.all().stream().filter(i -> i.dtypes().contains(DType.FLOAT64));
  }

  /** Applications whose result can take the place of the first input. */
  private static List<Sample> fitting(OpInfo info) {
    List<Sample> out = new ArrayList<>();
    for (Sample s : info.samples().apply(new SampleInputs(DType.FLOAT64, Device.CPU))) {
      Op op = s.op();
      if (op == null || s.inputs().get(0).dtype() != DType.FLOAT64) {
        continue;
      }
      List<Spec> specs = op.infer(s.inputs().toArray(new Tensor[0]));
      boolean finite = s.inputs().stream().allMatch(InPlaceTest::finite);
      if (finite && specs.size() == 1 && specs.get(0).shape().equals(s.inputs().get(0).shape())) {
        out.add(s);
      }
    }
    return out;
  }

  private static boolean finite(Tensor t) {
    return t.elements() == 0 || t.to(DType.FLOAT64).isfinite().all().item() != 0;
  }

  /** Some operations have no derivative for some operand, and say so. */
  private static boolean hasGradients(Sample s) {
    Tensor[] all = leaves(s);
    try {
      backward(outOfPlace(s, all[0].mul(1), all));
      return true;
    } catch (TensorException e) {
      assertThat(e).hasMessageContaining("no derivative by this operand");
      return false;
    }
  }

  /** Fresh leaves with the values of a sample's inputs. */
  private static Tensor[] leaves(Sample s) {
    return s.inputs().stream()
        .map(t -> t.detach().copy().requiresGrad(t.dtype() == DType.FLOAT64))
        .toArray(Tensor[]::new);
  }

  private static Tensor weights(Shape shape) {
    return new Generator(5).uniform(shape, DType.FLOAT64, Device.CPU).add(0.5);
  }

  private static void backward(Tensor out) {
    if (out.elements() > 0) {
      out.mul(weights(out.shape())).sum().backward();
    }
  }

  private static void requireSameGradients(Sample s, Tensor[] expected, Tensor[] actual) {
    for (int i = 0; i < expected.length; i++) {
      Tensor a = expected[i].grad();
      Tensor b = actual[i].grad();
      // No gradient and zeros are the same to whoever sums them.
      double[] e = a == null ? new double[(int) expected[i].elements()] : a.toDoubles();
      double[] g = b == null ? new double[(int) expected[i].elements()] : b.toDoubles();
      requireSame(s + " gradient of input " + i, e, g);
    }
  }

  private static void requireSame(String what, double[] expected, double[] actual) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      double tolerance = 1e-12 * (1 + Math.abs(expected[i]));
      if (Double.isFinite(expected[i])) {
        assertThat(actual[i]).as(what + " at " + i).isCloseTo(expected[i], within(tolerance));
      } else {
        assertThat((Double) actual[i]).as(what + " at " + i).isEqualTo((Double) expected[i]);
      }
    }
  }

  private static Tensor[] rest(Tensor[] all) {
    return Arrays.copyOfRange(all, 1, all.length);
  }

  private static Tensor outOfPlace(Sample s, Tensor first, Tensor[] all) {
    Tensor[] inputs = all.clone();
    inputs[0] = first;
    Tensor out = Tensor.apply(s.op(), inputs).to(DType.FLOAT64);
    // A constant still has a graph in place: the target's.
    return out.add(first.mul(0));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void inPlaceEqualsOutOfPlace(OpInfo info) {
    for (Sample s : fitting(info)) {
      if (!hasGradients(s)) {
        continue;
      }
      Tensor[] a = leaves(s);
      Tensor expected = outOfPlace(s, a[0].mul(1), a);
      backward(expected);
      Tensor[] b = leaves(s);
      Tensor changed = b[0].mul(1);
      assertThat(changed.inPlace(s.op(), rest(b))).isSameAs(changed);
      requireSame(s.toString(), expected.toDoubles(), changed.toDoubles());
      backward(changed);
      requireSameGradients(s, a, b);
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void viewsChangeTheirBase(OpInfo info) {
    for (Sample s : fitting(info)) {
      if (!hasGradients(s)) {
        continue;
      }
      Tensor[] a = leaves(s);
      Tensor pair = Tensor.stack(0, a[0], a[0].mul(2));
      Tensor expected = Tensor.stack(0, outOfPlace(s, pair.select(0, 0), a), pair.select(0, 1));
      backward(expected);
      Tensor[] b = leaves(s);
      Tensor base = Tensor.stack(0, b[0], b[0].mul(2));
      base.select(0, 0).inPlace(s.op(), rest(b));
      requireSame(s.toString(), expected.toDoubles(), base.toDoubles());
      backward(base);
      requireSameGradients(s, a, b);
    }
  }

  // ---- graphs

  @Test
  void aChainOfChanges() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    y.addInPlace(1).mulInPlace(y.detach().copy()).squareInPlace();
    // (3x + 1)^2 c^2 with c = 3x + 1 held fixed
    y.sum().backward();
    double[] expected = new double[2];
    for (int i = 0; i < 2; i++) {
      double c = 3 * (i + 1) + 1;
      expected[i] = 2 * (c * c) * c * 3;
    }
    assertThat(x.grad().toDoubles()).containsExactly(expected);
  }

  @Test
  void secondDerivatives() {
    GradCheck.checkSecond(
        in -> {
          Tensor y = in[0].mul(2);
          y.select(0, 1).mulInPlace(in[1]).sinInPlace();
          y.mulInPlace(y.slice(0, 0, 1).mul(2));
          return y.sum();
        },
        matrix(0.1, 0.2, 0.3, 0.4),
        leaf(0.5, 0.6));
  }

  @Test
  void anUnrecordedBaseBecomesRecordedThroughItsView() {
    Tensor base = Tensor.zeros(Shape.of(2, 2), DType.FLOAT64);
    Tensor row = base.select(0, 1);
    Tensor other = base.select(0, 0);
    Tensor x = leaf(3, 4);
    row.copyInPlace(x);
    assertThat(base.requiresGrad()).isTrue();
    assertThat(row.requiresGrad()).isTrue();
    base.mul(base).sum().backward(null, GraphUse.RETAIN);
    assertThat(x.grad().toDoubles()).containsExactly(6, 8);
    assertThat(other.requiresGrad()).as("views made before share the place").isTrue();
    other.sum().backward();
    assertThat(x.grad().toDoubles()).as("no gradient flows here").containsExactly(6, 8);
  }

  @Test
  void viewsFollowTheirBase() {
    Tensor x = matrix(1, 2, 3, 4);
    Tensor base = x.mul(1);
    Tensor turned = base.t();
    Tensor column = turned.select(0, 1);
    base.mulInPlace(10);
    column.sum().backward(null, GraphUse.RETAIN);
    assertThat(x.grad().toDoubles()).containsExactly(0, 10, 0, 10);
    column.mulInPlace(2);
    turned.sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(10, 10 + 20, 10, 10 + 20);
  }

  @Test
  void viewsOfViewsOfOtherLayouts() {
    GradCheck.check(
        in -> {
          Tensor base = in[0].mul(1).t().contiguous();
          base.t().reshape(2, 1, 3).select(2, 1).mulInPlace(in[0].slice(0, 0, 1).t().square());
          base.view(6).slice(0, 1, 6, 2).sinInPlace();
          return base.mul(base).sum();
        },
        Tensor.of(new double[] {.1, .2, .3, .4, .5, .6}, Shape.of(3, 2)).requiresGrad(true));
  }

  @Test
  void comparisonsCutTheGraph() {
    Tensor x = leaf(-1, 2);
    Tensor y = x.mul(1);
    y.inPlace(Pointwise.GT.with(null, 0));
    assertThat(y.toDoubles()).containsExactly(0, 1);
    y.sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(0, 0);
  }

  @Test
  void hooksStayWithTheValueTheySawAndGradsMoveOn() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2).retainGrad();
    List<double[]> seen = new ArrayList<>();
    y.registerHook(
        g -> {
          seen.add(g.toDoubles());
          return null;
        });
    y.mulInPlace(5);
    y.mul(3).sum().backward();
    assertThat(seen).hasSize(1);
    assertThat(seen.get(0)).as("of the value before the change").containsExactly(15, 15);
    assertThat(y.grad().toDoubles()).as("of the value after").containsExactly(3, 3);
  }

  @Test
  void overlappingOperandsAreReadBeforeTheyAreWritten() {
    Tensor x = Tensor.arange(6).to(DType.FLOAT64);
    x.slice(0, 1, 6).addInPlace(x.slice(0, 0, 5));
    assertThat(x.toDoubles()).containsExactly(0, 1, 3, 5, 7, 9);
    Tensor y = Tensor.of(new double[] {1, 2, 3, 4}, Shape.of(2, 2));
    y.copyInPlace(y.t());
    assertThat(y.toDoubles()).containsExactly(1, 3, 2, 4);
  }

  // ---- errors

  @Test
  void refusesLeaves() {
    Tensor x = leaf(1, 2);
    assertThatThrownBy(() -> x.mulInPlace(2))
        .isInstanceOf(InPlaceException.class)
        .hasMessageStartingWith("mul_: a leaf (shape [2])")
        .hasMessageContaining("noGrad()");
    assertThatThrownBy(() -> x.slice(0, 0, 1).zeroInPlace())
        .isInstanceOf(InPlaceException.class)
        .hasMessageStartingWith("zero_: a view of a leaf");
    assertThat(x.toDoubles()).as("nothing was written").containsExactly(1, 2);
    try (Context.Restore mode = Autograd.noGrad()) {
      x.slice(0, 0, 1).zeroInPlace();
      x.mulInPlace(2);
    }
    assertThat(x.toDoubles()).containsExactly(0, 4);
    assertThat(x.isLeaf()).isTrue();
  }

  @Test
  void namesWhatBrokeASavedValue() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Tensor z = y.mul(y).exp();
    y.addInPlace(1);
    assertThatThrownBy(() -> z.sum().backward())
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("of MUL (float64 [2])")
        .hasMessageContaining("add_ brought it to version 1, expected 0")
        .hasMessageContaining("detectAnomaly()");
    Tensor w = leaf(1, 2);
    Tensor e = w.exp();
    e.select(0, 0).sinInPlace();
    assertThatThrownBy(() -> e.sum().backward())
        .hasMessageContaining("output 0 of EXP")
        .hasMessageContaining("sin_");
  }

  @Test
  void anomalyModeShowsWhereAValueWasBroken() {
    Tensor x = leaf(1, 2);
    try (Context.Restore mode = Autograd.detectAnomaly()) {
      Tensor y = x.mul(2);
      Tensor z = y.square();
      y.mulInPlace(3);
      Throwable e = catchThrowable(() -> z.sum().backward());
      assertThat(e).hasMessageContaining("SQUARE");
      assertThat(e.getSuppressed())
          .as("where it was changed, and where it had been saved")
          .hasSize(2)
          .allSatisfy(
              frame ->
                  assertThat(frame.getStackTrace())
                      .anyMatch(f -> f.getMethodName().startsWith("anomalyModeShows")));
    }
  }

  @Test
  void onlyNeededValuesAreSaved() {
    Tensor weight = leaf(3, 4);
    Tensor input = Tensor.of(1.0, 2.0);
    Tensor out = input.mul(weight);
    try (Context.Restore mode = Autograd.noGrad()) {
      weight.addInPlace(1);
    }
    out.sum().backward();
    assertThat(weight.grad().toDoubles()).containsExactly(1, 2);
  }

  @Test
  void refusesViewsMadeWithoutRecording() {
    Tensor base = leaf(1, 2).mul(1);
    Tensor view;
    try (Context.Restore mode = Autograd.noGrad()) {
      view = base.slice(0, 0, 1);
    }
    Tensor x = leaf(3);
    assertThatThrownBy(() -> view.mulInPlace(x))
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("noGrad()");
    base.mulInPlace(2);
    assertThatThrownBy(() -> view.add(1))
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("its base, or another view of it");
  }

  @Test
  void refusesExpandedMemoryAndWrongShapesAndDTypes() {
    Tensor one = Tensor.of(1.0);
    assertThatThrownBy(() -> one.expand(3).addInPlace(1))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("share memory");
    assertThatThrownBy(() -> one.addInPlace(Tensor.of(1.0, 2.0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("[2]")
        .hasMessageContaining("[1]");
    assertThatThrownBy(() -> Tensor.of(1L, 2L).divInPlace(2))
        .isInstanceOf(DTypeException.class)
        .hasMessageContaining("float32")
        .hasMessageContaining("int64");
  }

  @Test
  void detachInPlace() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Tensor z = y.mul(3);
    assertThat(y.detachInPlace()).isSameAs(y);
    assertThat(y.requiresGrad()).isFalse();
    y.requiresGrad(true);
    y.mul(5).sum().backward();
    assertThat(y.grad().toDoubles()).containsExactly(5, 5);
    z.sum().backward();
    assertThat(x.grad().toDoubles()).as("what was made before stays in the graph").contains(6, 6);
    assertThatThrownBy(() -> x.mul(1).slice(0, 0, 1).detachInPlace())
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("detach()");
  }

  @Test
  void detachGivesAHandleOfItsOwn() {
    Tensor x = Tensor.of(1.0, 2.0);
    Tensor y = x.detach();
    x.requiresGrad(true);
    assertThat(y.requiresGrad()).isFalse();
    y.zeroInPlace();
    assertThat(x.toDoubles()).containsExactly(0, 0);
    assertThat(x.version()).isEqualTo(1);
  }
}
