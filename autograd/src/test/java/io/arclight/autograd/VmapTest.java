package io.arclight.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.models.Mlp;
import io.arclight.nn.Functional;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.InPlaceException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.VmapLevel.Randomness;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.OpInfo;
import io.arclight.tensor.op.Ops;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.SampleInputs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class VmapTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Tensor random(long... shape) {
    return new Generator(shape.length + 3).normal(Shape.of(shape), DType.FLOAT64, Device.CPU);
  }

  private static void close(Tensor actual, Tensor expected, String what) {
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    double[] a = actual.toDoubles();
    double[] e = expected.toDoubles();
    for (int i = 0; i < e.length; i++) {
      if (Double.isFinite(e[i])) {
        assertThat(a[i])
            .as(what + " element " + i)
            .isCloseTo(e[i], within(1e-9 * (1 + Math.abs(e[i]))));
      } else {
        assertThat((Double) a[i]).as(what + " element " + i).isEqualTo((Double) e[i]);
      }
    }
  }

  /** Slice by slice, as vmap is defined. */
  private static Tensor looped(TensorFunction f, Tensor... in) {
    List<Tensor> out = new ArrayList<>();
    for (long i = 0; i < in[0].dim(0); i++) {
      long row = i;
      // A copy, as views by strides count from where the memory begins.
      out.add(f.apply(Stream.of(in).map(t -> t.select(0, row).copy()).toArray(Tensor[]::new)));
    }
    return Tensor.stack(0, out.toArray(new Tensor[0]));
  }

  // ---- every operation

  static Stream<OpInfo> operations() {
    return Ops.all().stream().filter(i -> i.dtypes().contains(DType.FLOAT64));
  }

  private static List<Sample> samples(OpInfo info) {
    return info.samples().apply(new SampleInputs(DType.FLOAT64, Device.CPU)).stream()
        .filter(s -> s.inputs().stream().allMatch(t -> t.elements() > 0 && t.elements() < 200))
        .toList();
  }

  private static Tensor[] stacked(Sample s) {
    return s.inputs().stream()
        .map(
            t ->
                t.dtype() == DType.FLOAT64
                    ? Tensor.stack(0, t, t.mul(0.5), t.mul(0.75))
                    : Tensor.stack(0, t, t, t))
        .toArray(Tensor[]::new);
  }

  /** Functions whose shapes depend on values say that these cannot be read. */
  private static boolean readsValues(Sample s, Tensor... all) {
    try {
      Func.vmap(in -> s.run(in)[0]).apply(all);
      return false;
    } catch (TensorException e) {
      if (s.op() == null && e.getMessage().contains("is read inside vmap")) {
        return true;
      }
      throw e;
    }
  }

  @ParameterizedTest
  @MethodSource("operations")
  void slicesOfEveryOperation(OpInfo info) {
    for (Sample s : samples(info)) {
      TensorFunction f = in -> s.run(in)[0];
      if (readsValues(s, stacked(s))) {
        continue;
      }
      // Tensors of their own each time, as some functions change their inputs.
      close(Func.vmap(f).apply(stacked(s)), looped(f, stacked(s)), s.toString());
      TensorFunction inner = Func.vmap(f);
      close(Func.vmap(inner).apply(twice(s)), looped(in -> looped(f, in), twice(s)), "nested " + s);
    }
  }

  private static Tensor[] twice(Sample s) {
    return Stream.of(stacked(s)).map(t -> Tensor.stack(0, t, t)).toArray(Tensor[]::new);
  }

  @ParameterizedTest
  @MethodSource("operations")
  void gradientsOfSlicesOfEveryOperation(OpInfo info) {
    for (Sample s : samples(info)) {
      if (!s.differentiable()
          || s.inputs().get(0).dtype() != DType.FLOAT64
          || readsValues(s, stacked(s))) {
        continue;
      }
      TensorFunction loss =
          in -> {
            Tensor y = s.run(in)[0];
            Tensor weights = new Generator(5).uniform(y.shape(), DType.FLOAT64, Device.CPU);
            return y.mul(weights.add(0.5)).sum();
          };
      TensorFunction grad = Func.grad(loss);
      Tensor expected = looped(grad, stacked(s));
      close(Func.vmap(grad).randomness(Randomness.SAME).apply(stacked(s)), expected, "in " + s);
      TensorFunction sum = in -> Func.vmap(loss).randomness(Randomness.SAME).apply(in).sum();
      close(Func.grad(sum).apply(stacked(s)), expected, "around " + s);
    }
  }

  // ---- dimensions

  @Test
  void dimensionsInAndOut() {
    Tensor a = random(3, 4);
    Tensor b = random(4, 3);
    Tensor w = random(3);
    TensorFunction f = in -> in[0].mul(in[1]).add(in[2]);
    Tensor expected = a.mul(b.t()).add(w.unsqueeze(1));
    // Slices are [4] along dimension 0 of a and 1 of b; a number each of w.
    close(Func.vmap(f).inDims(0, 1, 0).apply(a, b, w), expected, "");
    close(Func.vmap(f).inDims(0, -1, 0).outDims(1).apply(a, b, w), expected.t(), "outDims");
    close(
        Func.vmap(in -> in[0].mul(in[1])).inDims(1, Vmap.NONE).apply(a, w),
        a.t().mul(w),
        "one for all slices");
    Tensor[] several =
        Func.vmapAll(in -> new Tensor[] {in[0].sum(), w, in[0].add(w)})
            .inDims(1)
            .outDims(0, 1, 1)
            .applyAll(a);
    close(several[0], a.sum(0), "");
    close(several[1], w.unsqueeze(1).expand(3, 4), "what no slice had part in");
    close(several[2], a.add(w.unsqueeze(1)), "");
  }

  @Test
  void chunksGiveTheSame() {
    Tensor a = random(7, 4);
    Tensor w = random(4);
    Vmap f = Func.vmap(in -> in[0].mul(in[1]).softmax(0)).inDims(0, Vmap.NONE).outDims(1);
    Tensor whole = f.apply(a, w);
    List<Long> sizes = new ArrayList<>();
    Tensor parts =
        Func.vmap(
                in -> {
                  sizes.add(Context.current().vmap().size());
                  return in[0].mul(in[1]).softmax(0);
                })
            .inDims(0, Vmap.NONE)
            .outDims(1)
            .chunkSize(3)
            .apply(a, w);
    close(parts, whole, "");
    assertThat(sizes).containsExactly(3L, 3L, 1L);
  }

  @Test
  void refusesDimensionsThatDoNotFit() {
    Vmap f = Func.vmap(in -> in[0]);
    assertThatThrownBy(() -> f.apply(random(2, 3), random(3, 2)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("input 0 of shape [2, 3] has 2")
        .hasMessageContaining("input 1 of shape [3, 2] has 3");
    assertThatThrownBy(() -> f.apply(Tensor.scalar(1.0))).hasMessageContaining("is a scalar");
    assertThatThrownBy(() -> f.inDims(Vmap.NONE).apply(random(2)))
        .hasMessageContaining("at least one input");
    assertThatThrownBy(() -> f.inDims(0, 1).apply(random(2))).hasMessageContaining("2 entries");
    assertThatThrownBy(() -> f.inDims(1).apply(random(2))).isInstanceOf(ShapeException.class);
    assertThatThrownBy(() -> Func.vmap(in -> in[0].mm(in[0])).apply(random(2, 3, 4)))
        .as("shapes of slices")
        .hasMessageContaining("[3, 4] and [3, 4]");
    assertThatThrownBy(() -> Func.vmap(in -> in[0].median()).apply(random(0, 3)))
        .as("an operation that runs slice by slice, without a slice that shows its result")
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("vmap over an axis of size 0");
  }

  // ---- what cannot be batched

  @Test
  void valuesCannotBeRead() {
    assertThatThrownBy(
            () -> Func.vmap(in -> in[0].sum().item() > 0 ? in[0] : in[0].neg()).apply(random(2, 3)))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("inside vmap")
        .hasMessageContaining("where");
    Tensor w = random(3);
    Func.vmap(
            in -> {
              assertThat(in[0].toString()).contains("a slice inside vmap, shape=[3]");
              assertThat(w.toDoubles()).as("what is the same for all can").hasSize(3);
              return in[0];
            })
        .apply(random(2, 3));
  }

  @Test
  void tensorsEndWithTheirVmap() {
    Tensor[] escaped = new Tensor[1];
    Func.vmap(in -> escaped[0] = in[0]).apply(random(2, 3));
    assertThatThrownBy(() -> escaped[0].add(1))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("after the vmap has ended");
    assertThat(Context.current().vmap()).isNull();
  }

  @Test
  void randomValuesNeedAPolicy() {
    Tensor x = Tensor.zeros(Shape.of(3, 4), DType.FLOAT64);
    Generator g = new Generator(1);
    TensorFunction noisy = in -> in[0].add(g.normal(in[0].shape(), DType.FLOAT64, Device.CPU));
    assertThatThrownBy(() -> Func.vmap(noisy).apply(x)).hasMessageContaining("randomness");
    Tensor same = Func.vmap(noisy).randomness(Randomness.SAME).apply(x);
    close(same.select(0, 0), same.select(0, 2), "");
    Tensor different = Func.vmap(noisy).randomness(Randomness.DIFFERENT).apply(x);
    assertThat(different.select(0, 0).toDoubles()).isNotEqualTo(different.select(0, 1).toDoubles());
    Tensor nested =
        Func.vmap(Func.vmap(noisy).randomness(Randomness.DIFFERENT))
            .randomness(Randomness.SAME)
            .apply(Tensor.stack(0, x, x));
    close(nested.select(0, 0), nested.select(0, 1), "shared by the outer level");
    assertThat(nested.select(0, 0).select(0, 0).toDoubles())
        .isNotEqualTo(nested.select(0, 0).select(0, 1).toDoubles());
    Tensor dropped =
        Func.vmap(in -> g.dropout(in[0], 0.5))
            .randomness(Randomness.DIFFERENT)
            .apply(Tensor.ones(Shape.of(8, 64)));
    assertThat(dropped.select(0, 0).toDoubles()).isNotEqualTo(dropped.select(0, 1).toDoubles());
    Tensor orders =
        Func.vmap(in -> g.permutation(5).add(in[0]))
            .randomness(Randomness.DIFFERENT)
            .apply(Tensor.zeros(Shape.of(4), DType.INT64));
    assertThat(orders.sum(1).toLongs()).containsOnly(10);
  }

  // ---- changes in place

  @Test
  void changesInPlace() {
    Tensor x = random(3, 4);
    Tensor y =
        Func.vmap(
                in -> {
                  Tensor t = in[0].mul(1);
                  t.slice(0, 1, 3).mulInPlace(in[0].sum());
                  t.addInPlace(1);
                  return t;
                })
            .apply(x);
    Tensor expected = x.copy();
    expected.slice(1, 1, 3).mulInPlace(x.sum(Dim.of(1), Dim.Keep.KEEP));
    close(y, expected.add(1), "");
    TensorFunction loss =
        in -> {
          Tensor t = in[0].mul(2);
          t.select(0, 0).mulInPlace(t.select(0, 1).detach().copy());
          t.squareInPlace();
          return t.sum();
        };
    close(Func.vmap(Func.grad(loss)).apply(x), looped(Func.grad(loss), x), "gradients");
    Tensor shared = random(4);
    assertThatThrownBy(() -> Func.vmap(in -> shared.addInPlace(in[0])).apply(x))
        .isInstanceOf(InPlaceException.class)
        .hasMessageContaining("the same for all slices")
        .hasMessageContaining("[4]");
  }

  // ---- with gradients

  @Test
  void gradientsPerSample() {
    Mlp model = new Mlp(4, 5, 3);
    Map<String, Tensor> named = new LinkedHashMap<>();
    model.namedParameters().forEach((name, p) -> named.put(name, p.detach()));
    String[] names = named.keySet().toArray(new String[0]);
    Tensor x = Tensor.rand(Shape.of(6, 4));
    Tensor y = Tensor.of(0L, 1L, 2L, 0L, 1L, 2L);
    TensorFunction loss =
        in -> {
          Map<String, Tensor> state = new LinkedHashMap<>();
          for (int i = 0; i < names.length; i++) {
            state.put(names[i], in[i + 2]);
          }
          Tensor out = Functional.functionalCall(model, state, in[0].unsqueeze(0));
          return Functional.crossEntropy(out, in[1].unsqueeze(0));
        };
    int[] wanted = new int[names.length];
    int[] dims = new int[names.length + 2];
    Tensor[] all = new Tensor[dims.length];
    all[0] = x;
    all[1] = y;
    for (int i = 0; i < names.length; i++) {
      wanted[i] = i + 2;
      dims[i + 2] = Vmap.NONE;
      all[i + 2] = named.get(names[i]);
    }
    Tensor[] grads = Func.vmapAll(Func.gradAll(loss, wanted)).inDims(dims).applyAll(all);
    for (int row = 0; row < 6; row++) {
      model.zeroGrad();
      Functional.crossEntropy(model.call(x.narrow(0, row, 1)), y.narrow(0, row, 1)).backward();
      for (int i = 0; i < names.length; i++) {
        Tensor expected = model.namedParameters().get(names[i]).grad();
        double[] e = expected.toDoubles();
        double[] a = grads[i].select(0, row).toDoubles();
        for (int j = 0; j < e.length; j++) {
          assertThat(a[j]).as(names[i] + " of sample " + row).isCloseTo(e[j], within(1e-6));
        }
      }
    }
    model.zeroGrad();
    assertThat(model.parameters()).allMatch(p -> p.isLeaf() && p.requiresGrad());
  }

  @Test
  void gradientsInsideAndAround() {
    Tensor w = random(4);
    Tensor x = random(3, 4);
    TensorFunction inner = in -> in[0].mul(in[1]).sin().sum();
    TensorFunction penalty =
        in -> Func.vmap(one -> Func.grad(inner).apply(one[0], in[0]).square().sum()).apply(x).sum();
    TensorFunction plain =
        in -> {
          Tensor slope = in[0].mul(x).cos().mul(in[0]);
          return slope.square().sum();
        };
    close(Func.grad(penalty).apply(w), Func.grad(plain).apply(w), "of a captured tensor");
    Tensor leaf = w.copy().requiresGrad(true);
    penalty.apply(leaf).backward();
    close(leaf.grad(), Func.grad(plain).apply(w), "of a leaf");
    close(
        Func.vmap(Func.hessian(inner)).inDims(0, Vmap.NONE).apply(x, w),
        looped(in -> Func.hessian(inner).apply(in[0], w), x),
        "Hessians per sample");
    close(
        Func.jacrev(in -> Func.vmap(one -> one[0].mul(one[0].sum())).apply(in[0])).apply(x),
        Func.jacfwd(in -> in[0].mul(in[0].sum(Dim.of(1), Dim.Keep.KEEP))).apply(x),
        "a Jacobian around");
    Tensor made =
        Func.vmap(
                in -> {
                  Tensor own = Tensor.of(1.0, 2.0, 3.0, 4.0).requiresGrad(true);
                  return Autograd.grad(own.mul(own).mul(in[0]).sum(), own)[0];
                })
            .apply(x);
    close(made, x.mul(Tensor.of(2.0, 4.0, 6.0, 8.0)), "a leaf made inside");
    assertThat(made.requiresGrad()).isFalse();
  }

  @Test
  void customFunctions() {
    Tensor x = random(3, 4).mul(0.3);
    Tensor w = random(4);
    TensorFunction f = in -> new FunctionTest.Power(3).apply(in[0].mul(w)).sum();
    TensorFunction plain = in -> in[0].mul(w).pow(3).sum();
    close(Func.vmap(f).apply(x), Func.vmap(plain).apply(x), "values");
    close(Func.vmap(Func.grad(f)).apply(x), Func.vmap(Func.grad(plain)).apply(x), "inside");
    close(Func.vmap(Func.hessian(f)).apply(x), Func.vmap(Func.hessian(plain)).apply(x), "Hessians");
    TensorFunction around =
        in ->
            Func.vmap(one -> new FunctionTest.Power(3).apply(one[0].mul(in[0])).sum())
                .apply(x)
                .sum();
    TensorFunction aroundPlain =
        in -> Func.vmap(one -> one[0].mul(in[0]).pow(3).sum()).apply(x).sum();
    close(Func.grad(around).apply(w), Func.grad(aroundPlain).apply(w), "around");
    close(Func.hessian(around).apply(w), Func.hessian(aroundPlain).apply(w), "twice around");
    Tensor mixed =
        Func.grad(
                in ->
                    Func.vmapAll(new FunctionTest.Several(true)::applyAll)
                        .inDims(0, Vmap.NONE)
                        .applyAll(x, in[0])[1]
                        .sum())
            .apply(w);
    close(mixed, x.sum(0), "summed where slices share an input");
  }
}
