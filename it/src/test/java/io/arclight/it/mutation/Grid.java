package io.arclight.it.mutation;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradOptions;
import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.op.Mutant;
import io.arclight.tensor.op.Mutant.Notice;
import io.arclight.tensor.op.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Whether a changed elementwise operation can be told from the original at all. */
final class Grid {
  private static final double[] REAL = {
    0,
    -0.0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    -2,
    3,
    -3,
    0.3,
    -0.7,
    1e-9,
    -1e-9,
    1e-300,
    20,
    -20,
    88,
    700,
    1e9,
    -1e9,
    1e300,
    -1e300,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.NaN
  };
  private static final double[] INTEGER = {
    0, 1, -1, 2, -2, 3, -3, 5, 7, -7, 62, 63, 64, 1000, -1000, Integer.MAX_VALUE, Integer.MIN_VALUE
  };
  private static final double[] POSITIVE = {1, 2, 3, 5, 7, 62, 1000, Integer.MAX_VALUE};
  private static final int MOST = 20_000;

  private Grid() {}

  /** Whether both give the same for special values in all combinations, or for many of them. */
  static boolean same(Mutant mutant, Sample sample) {
    Sample mutated = mutant.of(sample);
    try (Scope scope = Scope.open()) {
      List<Tensor> inputs = inputs(sample, INTEGER);
      double[] expected;
      try {
        expected = result(sample, inputs, mutant.notice());
      } catch (DataException e) {
        inputs = inputs(sample, POSITIVE);
        expected = result(sample, inputs, mutant.notice());
      }
      double[] actual = result(mutated, inputs, mutant.notice());
      for (int i = 0; i < expected.length; i++) {
        boolean equal = expected[i] == actual[i];
        if (!equal && !(Double.isNaN(expected[i]) && Double.isNaN(actual[i]))) {
          return false;
        }
      }
      return true;
    } catch (DataException e) {
      return false;
    }
  }

  private static double[] result(Sample sample, List<Tensor> inputs, Notice notice) {
    Tensor[] in = inputs.stream().map(t -> t.withLayout(t.layout())).toArray(Tensor[]::new);
    if (notice == Notice.VALUE) {
      return sample.run(in)[0].toDoubles();
    }
    List<Tensor> wanted = Arrays.stream(in).filter(t -> t.dtype().isFloatingPoint()).toList();
    wanted.forEach(t -> t.requiresGrad(true));
    Tensor out = sample.run(in)[0];
    GradOptions options =
        GradOptions.standard().gradOutputs(out.detach().zerosLike().add(1)).allowUnused();
    return Arrays.stream(Autograd.grad(List.of(out), wanted, options))
        .flatMapToDouble(
            g -> g == null ? Arrays.stream(new double[0]) : Arrays.stream(g.toDoubles()))
        .toArray();
  }

  private static List<Tensor> inputs(Sample sample, double[] integers) {
    int n = sample.inputs().size();
    double[][] values = new double[n][];
    long product = 1;
    for (int i = 0; i < n; i++) {
      DType t = sample.inputs().get(i).dtype();
      values[i] = t == DType.BOOL ? new double[] {0, 1} : t.isFloatingPoint() ? REAL : integers;
      product *= values[i].length;
    }
    int count = (int) Math.min(product, MOST);
    Random random = new Random(1);
    List<Tensor> out = new ArrayList<>();
    long step = 1;
    for (int i = 0; i < n; i++) {
      double[] column = new double[count];
      for (int k = 0; k < count; k++) {
        long at = product > MOST ? random.nextInt(values[i].length) : k / step % values[i].length;
        column[k] = values[i][(int) at];
      }
      step *= values[i].length;
      out.add(Tensor.of(column, Shape.of(count)).to(sample.inputs().get(i).dtype()));
    }
    return out;
  }
}
