package io.arclight.it;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Dim;
import io.arclight.tensor.GradientEngine;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Reductions, scans, softmax, layer norm and sorting beside libtorch on one thread, in turns:
 * medians of the calling thread's CPU time, on several threads of the time that passes. JavaCPP's
 * cost of an allocating call, 3 to 4 us, is in libtorch's numbers.
 */
public final class ReductionBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long ROUND_NANOS = 4_000_000;

  private ReductionBenchmark() {}

  private record Pair(
      String name,
      UnaryOperator<Tensor> ours,
      UnaryOperator<org.bytedeco.pytorch.Tensor> theirs,
      boolean differentiable) {}

  /** Arguments: a regular expression of names, rounds (15), a size (0 for all), threads (1). */
  public static void main(String[] args) {
    String wanted = args.length > 0 ? args[0] : ".*";
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
    long only = args.length > 2 ? Long.parseLong(args[2]) : 0;
    int threads = args.length > 3 ? Integer.parseInt(args[3]) : 1;
    Workers.threads(threads);
    torch.set_num_threads(threads);
    System.out.printf("%-30s %12s %12s %6s%n", "case", "arclight us", "libtorch us", "ratio");
    for (long[] shape :
        new long[][] {{32, 32}, {100, 10}, {316, 316}, {10_000, 10}, {3162, 3162}}) {
      long elements = shape[0] * shape[1];
      if (only > 0 && Math.abs(elements - only) > only / 10) {
        continue;
      }
      for (Pair p : pairs(shape[1])) {
        if (p.name.matches(wanted)) {
          measure(p, shape, rounds, false);
          if (p.differentiable) {
            measure(p, shape, rounds, true);
          }
        }
      }
    }
  }

  private static List<Pair> pairs(long columns) {
    ScalarTypeOptional none = new ScalarTypeOptional();
    ScalarOptional one = new ScalarOptional(new Scalar(1));
    ScalarOptional two = new ScalarOptional(new Scalar(2));
    Dim.Keep drop = Dim.Keep.DROP;
    List<Pair> out = new ArrayList<>();
    out.add(new Pair("sum", x -> x.sum(), x -> x.sum(), true));
    out.add(new Pair("sum(1)", x -> x.sum(1), x -> x.sum(1), true));
    out.add(new Pair("sum(0)", x -> x.sum(0), x -> x.sum(0), true));
    out.add(new Pair("mean(1)", x -> x.mean(1), x -> x.mean(1), true));
    out.add(new Pair("var", x -> x.var(), x -> x.var(new long[] {0, 1}, one, false), true));
    out.add(new Pair("var(1)", x -> x.var(1), x -> x.var(new long[] {1}, one, false), true));
    out.add(new Pair("var(0)", x -> x.var(0), x -> x.var(new long[] {0}, one, false), true));
    out.add(new Pair("prod(1)", x -> x.prod(1), x -> x.prod(1), true));
    out.add(new Pair("amax(1)", x -> x.amax(1), x -> x.amax(new long[] {1}, false), true));
    out.add(new Pair("max", x -> x.max(), x -> x.max(), true));
    out.add(
        new Pair(
            "max(1)",
            x -> x.max(1).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.max(1).get0()),
            true));
    out.add(
        new Pair(
            "max(0)",
            x -> x.max(0).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.max(0).get0()),
            true));
    out.add(new Pair("argmax", x -> x.argmax(), x -> x.argmax(), false));
    out.add(new Pair("any", x -> x.any(), x -> x.any(), false));
    out.add(
        new Pair(
            "norm(1)",
            x -> x.norm(2, Dim.of(1), drop),
            x -> x.norm(two, new long[] {1}, false),
            true));
    out.add(new Pair("norm", x -> x.norm(), x -> x.norm(), true));
    out.add(
        new Pair(
            "logsumexp(1)", x -> x.logsumexp(1), x -> x.logsumexp(new long[] {1}, false), true));
    out.add(
        new Pair(
            "logsumexp(0)", x -> x.logsumexp(0), x -> x.logsumexp(new long[] {0}, false), true));
    out.add(new Pair("cumsum(1)", x -> x.cumsum(1), x -> x.cumsum(1), true));
    out.add(new Pair("cumsum(0)", x -> x.cumsum(0), x -> x.cumsum(0), true));
    out.add(new Pair("cumprod(1)", x -> x.cumprod(1), x -> x.cumprod(1), true));
    out.add(
        new Pair(
            "cummax(1)",
            x -> x.cummax(1).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.cummax(1).get0()),
            true));
    out.add(new Pair("logcumsumexp(1)", x -> x.logcumsumexp(1), x -> x.logcumsumexp(1), true));
    out.add(new Pair("softmax(1)", x -> x.softmax(1), x -> x.softmax(1, none), true));
    out.add(new Pair("softmax(0)", x -> x.softmax(0), x -> x.softmax(0, none), true));
    out.add(new Pair("log_softmax(1)", x -> x.logSoftmax(1), x -> x.log_softmax(1, none), true));
    Tensor w = Tensor.rand(Shape.of(columns)).keep();
    TensorOptional weight = new TensorOptional(torch.rand(columns));
    out.add(
        new Pair(
            "layer_norm",
            x -> x.layerNorm(w, w, 1e-5),
            x -> torch.layer_norm(x, new long[] {columns}, weight, weight, 1e-5, false),
            true));
    out.add(
        new Pair(
            "sort(1)",
            x -> x.sort(1, Order.ASCENDING).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.sort(1, false).get0()),
            true));
    out.add(
        new Pair(
            "sort(0)",
            x -> x.sort(0, Order.ASCENDING).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.sort(0, false).get0()),
            true));
    out.add(
        new Pair(
            "sort all",
            x -> x.reshape(x.elements()).sort().values(),
            x -> new org.bytedeco.pytorch.Tensor(x.view(-1).sort(0, false).get0()),
            false));
    out.add(
        new Pair(
            "topk(5,1)",
            x -> x.topk(5).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.topk(5, -1, true, true).get0()),
            true));
    out.add(
        new Pair(
            "topk(10) all",
            x -> x.reshape(x.elements()).topk(10).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.view(-1).topk(10, 0, true, true).get0()),
            false));
    out.add(
        new Pair(
            "median(1)",
            x -> x.median(1).values(),
            x -> new org.bytedeco.pytorch.Tensor(x.median(1, false).get0()),
            true));
    out.add(new Pair("median", x -> x.median(), x -> x.median(), false));
    return out;
  }

  private static void measure(Pair p, long[] shape, int rounds, boolean backward) {
    try (Scope all = Scope.open()) {
      Tensor x = Tensor.rand(Shape.of(shape)).add(0.5);
      org.bytedeco.pytorch.Tensor t = torch.empty(shape);
      HostMemory.copy(x.address(), new FloatPointer(t.data_ptr()).address(), 4 * x.elements());
      Runnable ours;
      Runnable theirs;
      if (backward) {
        x.requiresGrad(true);
        t = t.set_requires_grad(true);
        org.bytedeco.pytorch.Tensor leaf = t;
        Tensor y = p.ours.apply(x);
        Tensor g = Tensor.rand(y.shape());
        org.bytedeco.pytorch.Tensor yt = p.theirs.apply(leaf);
        org.bytedeco.pytorch.Tensor gt = torch.rand(y.shape().toArray());
        ours =
            () -> {
              try (Scope s = Scope.open()) {
                y.backward(g, GradientEngine.GraphUse.RETAIN);
                Tensor dx = x.grad();
                x.grad(null);
                dx.close();
              }
            };
        var keep = new org.bytedeco.pytorch.BoolOptional(true);
        var noInputs = new TensorArrayRefOptional();
        theirs =
            () -> {
              try (PointerScope s = new PointerScope()) {
                yt.backward(gt, keep, false, noInputs);
                leaf.mutable_grad().reset();
              }
            };
      } else {
        org.bytedeco.pytorch.Tensor leaf = t;
        ours =
            () -> {
              try (Scope s = Scope.open();
                  Context.Restore quiet = Autograd.noGrad()) {
                Objects.requireNonNull(p.ours.apply(x));
              }
            };
        theirs =
            () -> {
              try (PointerScope s = new PointerScope();
                  NoGradGuard quiet = new NoGradGuard()) {
                Objects.requireNonNull(p.theirs.apply(leaf));
              }
            };
      }
      int a = calls(ours);
      int b = calls(theirs);
      double[] mine = new double[rounds];
      double[] other = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        mine[i] = time(ours, a);
        other[i] = time(theirs, b);
      }
      double m = median(mine);
      double o = median(other);
      System.out.printf(
          Locale.ROOT,
          "%-30s %12.2f %12.2f %6.2f%n",
          p.name + " " + shape[0] + "x" + shape[1] + (backward ? " backward" : ""),
          m / 1000,
          o / 1000,
          m / o);
    }
  }

  /** Warms up; how many calls a round takes. */
  private static int calls(Runnable call) {
    long start = System.nanoTime();
    int done = 0;
    while (done < 3 || done < 30_000 && System.nanoTime() - start < 500_000_000L) {
      call.run();
      done++;
    }
    double each = time(call, Math.max(1, done / 10));
    return (int) Math.max(1, ROUND_NANOS / each);
  }

  private static double time(Runnable call, int calls) {
    long start = now();
    for (int i = 0; i < calls; i++) {
      call.run();
    }
    return (double) (now() - start) / calls;
  }

  private static long now() {
    return Workers.threads() > 1 ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
