package io.arclight.it.mutation;

import io.arclight.autograd.Autograd;
import io.arclight.autograd.GradCheck;
import io.arclight.autograd.GradOptions;
import io.arclight.it.parity.ParityCheck;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.GradientEngine.GraphUse;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Mutant.Notice;
import io.arclight.tensor.op.Sample;
import io.arclight.tensor.op.Sample.Difference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What the generated tests do with a sample. */
enum Check {
  /** Values, and gradients where they are not meant to differ, against libtorch. */
  PARITY {
    @Override
    boolean takes(Sample s, Notice notice) {
      Difference d = s.difference();
      boolean values = d == null || d.aspect() == Difference.Aspect.GRADIENT;
      return s.peer() != null && (notice == Notice.VALUE ? values : d == null);
    }

    @Override
    boolean passes(Sample original, Sample s, DType dtype) {
      return ParityCheck.agrees(s, original);
    }
  },
  /** First derivatives against differences. */
  GRADIENT {
    @Override
    boolean takes(Sample s, Notice notice) {
      return s.differentiable();
    }

    @Override
    boolean passes(Sample original, Sample s, DType dtype) {
      return differencesAgree(s, dtype, LARGEST, GradCheck::check);
    }
  },
  /** Second derivatives against differences. */
  SECOND_GRADIENT {
    @Override
    boolean takes(Sample s, Notice notice) {
      return s.differentiable();
    }

    @Override
    boolean passes(Sample original, Sample s, DType dtype) {
      return differencesAgree(s, dtype, LARGEST_SECOND, GradCheck::checkSecond);
    }
  },
  /** Gradients that are recorded against such that are not. */
  RECORDED_GRADIENT {
    @Override
    boolean takes(Sample s, Notice notice) {
      return s.differentiable() && !real(s, s.inputs().get(0).dtype()).isEmpty();
    }

    @Override
    boolean passes(Sample original, Sample s, DType dtype) {
      int count = taking(original, dtype);
      List<double[]> expected = gradients(original, count, dtype, GraphUse.RELEASE);
      List<double[]> actual = gradients(s, count, dtype, GraphUse.CREATE);
      for (int i = 0; i < expected.size(); i++) {
        if (!close(actual.get(i), expected.get(i))) {
          return false;
        }
      }
      return true;
    }
  };

  /** Elements up to which tests differentiate numerically, once and twice. */
  private static final long LARGEST = 130;

  private static final long LARGEST_SECOND = 30;

  /** Whether tests do this with the sample, in search of what {@code notice} says. */
  abstract boolean takes(Sample s, Notice notice);

  /** Whether {@code s}, perhaps a changed {@code original}, passes. */
  abstract boolean passes(Sample original, Sample s, DType dtype);

  /** Those that could notice. */
  static List<Check> of(Notice notice) {
    return switch (notice) {
      case VALUE, GRADIENT -> List.of(PARITY, GRADIENT);
      case ANY_GRADIENT -> List.of(PARITY, GRADIENT, RECORDED_GRADIENT);
      case RECORDED_GRADIENT -> List.of(RECORDED_GRADIENT);
      case SECOND_GRADIENT -> List.of(SECOND_GRADIENT);
    };
  }

  private static List<Integer> real(Sample s, DType dtype) {
    List<Integer> out = new ArrayList<>();
    for (int i = 0; i < s.inputs().size(); i++) {
      if (s.inputs().get(i).dtype() == dtype && dtype.isDifferentiable()) {
        out.add(i);
      }
    }
    return out;
  }

  private interface Comparison {
    void run(Function<Tensor[], Tensor> function, Tensor... inputs);
  }

  private static boolean differencesAgree(
      Sample s, DType dtype, long largest, Comparison comparison) {
    List<Integer> real = real(s, dtype);
    long elements = real.stream().mapToLong(i -> s.inputs().get(i).elements()).sum();
    if (elements == 0 || elements > largest) {
      return true;
    }
    try {
      comparison.run(x -> sum(s, x, dtype), inputs(s, real));
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }

  private static Tensor[] inputs(Sample s, List<Integer> real) {
    return real.stream()
        .map(i -> s.inputs().get(i).detach().copy().requiresGrad(true))
        .toArray(Tensor[]::new);
  }

  /** The weighted sum of the first output of the sample on other real inputs. */
  private static Tensor sum(Sample s, Tensor[] x, DType dtype) {
    return weighted(outputs(s, x, dtype)[0], dtype);
  }

  /** The weighted sum of {@code count} outputs, of complex numbers of both parts. */
  private static Tensor sum(Sample s, int count, Tensor[] x, DType dtype) {
    return Arrays.stream(outputs(s, x, dtype), 0, count)
        .filter(t -> t.dtype().isDifferentiable())
        .map(t -> weighted(t.isComplex() ? t.viewAsReal() : t, DType.FLOAT64))
        .reduce(Tensor::add)
        .orElseThrow();
  }

  private static Tensor[] outputs(Sample s, Tensor[] x, DType dtype) {
    List<Integer> real = real(s, dtype);
    Tensor[] all = s.inputs().toArray(new Tensor[0]);
    for (int i = 0; i < x.length; i++) {
      all[real.get(i)] = x[i];
    }
    return s.run(all);
  }

  private static Tensor weighted(Tensor t, DType dtype) {
    return t.mul(new Generator(5).uniform(t.shape(), dtype, Device.CPU).add(0.5)).sum();
  }

  /** How many outputs take a gradient: the last may be what the rule of the first reads. */
  private static int taking(Sample s, DType dtype) {
    int count = s.run().length;
    while (count > 1 && refuses(s, count, dtype)) {
      count--;
    }
    return count;
  }

  private static boolean refuses(Sample s, int count, DType dtype) {
    try {
      gradients(s, count, dtype, GraphUse.RELEASE);
      return false;
    } catch (IllegalStateException e) {
      return e.getMessage().contains("no gradient");
    }
  }

  private static List<double[]> gradients(Sample s, int count, DType dtype, GraphUse graph) {
    Tensor[] inputs = inputs(s, real(s, dtype));
    GradOptions options = GradOptions.standard().graph(graph).allowUnused();
    return Arrays.stream(
            Autograd.grad(List.of(sum(s, count, inputs, dtype)), List.of(inputs), options))
        .map(g -> g == null ? new double[0] : doubles(g.detach()))
        .toList();
  }

  /** Whether both have the same gradients, to the bit. */
  static boolean sameGradients(Sample a, Sample b, DType dtype, GraphUse graph) {
    int count = taking(a, dtype);
    List<double[]> expected = gradients(a, count, dtype, graph);
    List<double[]> actual = gradients(b, count, dtype, graph);
    return Arrays.deepEquals(expected.toArray(), actual.toArray());
  }

  private static double[] doubles(Tensor t) {
    return (t.isComplex() ? t.viewAsReal() : t).toDoubles();
  }

  private static boolean close(double[] actual, double[] expected) {
    if (actual.length != expected.length) {
      return false;
    }
    for (int i = 0; i < actual.length; i++) {
      double e = expected[i];
      boolean same =
          Double.isFinite(e)
              ? Math.abs(actual[i] - e) <= 1e-9 * (1 + Math.abs(e))
              : Double.compare(actual[i], e) == 0;
      if (!same) {
        return false;
      }
    }
    return true;
  }
}
