package io.arclight.tensor.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * What each result of a resampling is summed from: {@code count} elements, of which those with a
 * negative index are none; entry {@code t * results + result}.
 */
record Taps(int count, long[] index, double[] weight) {
  /** The parameter of the cubic filter, by antialiasing. */
  private static final double SHARP = -0.75;

  private static final double SMOOTH = -0.5;

  /** The elements of one result. */
  private record Sum(long[] index, double[] weight) {}

  static Taps of(ResampleOp op) {
    List<Sum> sums = new ArrayList<>();
    for (long o = 0; o < op.out(); o++) {
      sums.add(sum(op, o));
    }
    if (op.direction() == ResampleOp.Direction.BACKWARD) {
      sums = transposed(sums, op.in());
    }
    int results = sums.size();
    int count = sums.stream().mapToInt(s -> s.index.length).max().orElse(0);
    long[] index = new long[count * results];
    double[] weight = new double[count * results];
    Arrays.fill(index, -1);
    for (int r = 0; r < results; r++) {
      Sum s = sums.get(r);
      for (int t = 0; t < s.index.length; t++) {
        index[t * results + r] = s.index[t];
        weight[t * results + r] = s.weight[t];
      }
    }
    return new Taps(count, index, weight);
  }

  private static List<Sum> transposed(List<Sum> sums, long in) {
    List<List<Integer>> from = new ArrayList<>();
    List<List<Double>> by = new ArrayList<>();
    for (long i = 0; i < in; i++) {
      from.add(new ArrayList<>());
      by.add(new ArrayList<>());
    }
    for (int o = 0; o < sums.size(); o++) {
      Sum s = sums.get(o);
      for (int t = 0; t < s.index.length; t++) {
        from.get((int) s.index[t]).add(o);
        by.get((int) s.index[t]).add(s.weight[t]);
      }
    }
    List<Sum> out = new ArrayList<>();
    for (int i = 0; i < in; i++) {
      out.add(
          new Sum(
              from.get(i).stream().mapToLong(Integer::longValue).toArray(),
              by.get(i).stream().mapToDouble(Double::doubleValue).toArray()));
    }
    return out;
  }

  private static Sum sum(ResampleOp op, long o) {
    double edge = op.alignment() == ResampleOp.Alignment.CORNERS ? 0 : 0.5;
    double source = op.step() * (o + edge) - edge;
    return switch (op.filter()) {
      // Which neighbour is nearest is PyTorch's, who multiplies in float32.
      case NEAREST -> one(Math.floor((float) op.step() * (float) o), op.in());
      case NEAREST_EXACT -> one(Math.floor((float) (o + 0.5) * (float) op.step()), op.in());
      case LINEAR -> linear(Math.max(0, source), op.in());
      case CUBIC -> cubic(source, op.in());
      case LINEAR_ANTIALIAS -> wide(op, o, 1, x -> Math.max(0, 1 - Math.abs(x)));
      case CUBIC_ANTIALIAS -> wide(op, o, 2, x -> cubicWeight(Math.abs(x), SMOOTH));
      case LANCZOS_ANTIALIAS -> wide(op, o, 3, Taps::lanczos);
    };
  }

  private static Sum one(double at, long in) {
    return new Sum(new long[] {(long) Math.min(at, in - 1)}, new double[] {1});
  }

  private static Sum linear(double source, long in) {
    long first = Math.min((long) source, in - 1);
    double part = Math.min(1, source - first);
    long second = Math.min(first + 1, in - 1);
    return new Sum(new long[] {first, second}, new double[] {1 - part, part});
  }

  private static Sum cubic(double source, long in) {
    long first = (long) Math.floor(source);
    double part = source - first;
    long[] index = new long[4];
    double[] weight = new double[4];
    for (int t = 0; t < 4; t++) {
      index[t] = Math.max(0, Math.min(in - 1, first - 1 + t));
      weight[t] = cubicWeight(Math.abs(part + 1 - t), SHARP);
    }
    return new Sum(index, weight);
  }

  private static double cubicWeight(double x, double a) {
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
  }

  private static double lanczos(double x) {
    return Math.abs(x) >= 3 ? 0 : sinc(x) * sinc(x / 3);
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }

  /**
   * By a filter that is not 0 within {@code reach}, widened where results are few. As in PyTorch
   * the alignment of corners changes the step alone.
   */
  private static Sum wide(ResampleOp op, long o, double reach, DoubleUnaryOperator w) {
    double widening = Math.max(1, op.step());
    double support = reach * widening;
    double centre = op.step() * (o + 0.5);
    long first = Math.max(0, (long) (centre - support + 0.5));
    long end = Math.min(op.in(), (long) (centre + support + 0.5));
    int n = (int) Math.max(1, end - first);
    long[] index = new long[n];
    double[] weight = new double[n];
    double total = 0;
    for (int t = 0; t < n; t++) {
      index[t] = Math.min(op.in() - 1, first + t);
      weight[t] = w.applyAsDouble((first + t - centre + 0.5) / widening);
      total += weight[t];
    }
    for (int t = 0; total != 0 && t < n; t++) {
      weight[t] /= total;
    }
    return new Sum(index, weight);
  }
}
