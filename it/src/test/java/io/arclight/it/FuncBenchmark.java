package io.arclight.it;

import io.arclight.autograd.Func;
import io.arclight.autograd.TensorFunction;
import io.arclight.autograd.Vmap;
import io.arclight.it.ops.Cost;
import io.arclight.it.ops.PythonPeer;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * Functions of functions beside torch.func of pip, on one thread: Jacobian-vector products,
 * gradients of single samples, Jacobians, Hessians and products with them, of perceptrons.
 */
public final class FuncBenchmark {
  private static final int ROUNDS = 11;

  private final String matching;
  private final PythonPeer peer;

  private FuncBenchmark(String matching, PythonPeer peer) {
    this.matching = matching;
    this.peer = peer;
  }

  /** Arguments: a Python executable with torch, a regular expression of names. */
  public static void main(String[] args) throws IOException {
    Workers.threads(1);
    Cost.printLoad();
    try (PythonPeer peer = new PythonPeer(args[0])) {
      System.out.println("us of CPU time; PyTorch " + peer.version());
      System.out.println("| | sizes | Arclight | torch.func | ratio |");
      System.out.println("|---|---|---:|---:|---:|");
      FuncBenchmark all = new FuncBenchmark(args.length > 1 ? args[1] : ".*", peer);
      for (long[] sizes : new long[][] {{16, 32, 4}, {128, 256, 16}, {784, 512, 10}}) {
        all.run(sizes[0], sizes[1], sizes[2]);
      }
    }
    Cost.printLoad();
  }

  /** Of a perceptron of {@code in} numbers, {@code hidden} tanh units and {@code out} outputs. */
  private void run(long in, long hidden, long out) {
    Shape[] shapes = {
      Shape.of(hidden, in),
      Shape.of(out, hidden),
      Shape.of(in),
      Shape.of(in),
      Shape.of(64, in),
      Shape.of(64, in)
    };
    String sizes = in + "-" + hidden + "-" + out;
    String names = "v, w, x, t, all, along";
    StringBuilder script = new StringBuilder("from torch.func import *\n");
    try (Scope scope = Scope.open()) {
      Tensor[] a = new Tensor[shapes.length];
      for (int i = 0; i < a.length; i++) {
        a[i] = new Generator(i).uniform(shapes[i], DType.FLOAT32, Device.CPU).sub(0.5);
      }
      script.append(names).append(" = [torch.rand(s) - 0.5 for s in ");
      script.append(Arrays.toString(shapes)).append("]\n");
      script.append(
          """
          f = lambda v, w, x: torch.tanh(x @ v.T) @ w.T
          loss = lambda v, w, x: (f(v, w, x) ** 2).sum()
          g = lambda x: f(v, w, x)
          h = lambda x: loss(v, w, x)
          """);
      TensorFunction f = i -> i[2].matmul(i[0].t()).tanh().matmul(i[1].t());
      TensorFunction loss = i -> f.apply(i).square().sum();
      TensorFunction g = i -> f.apply(a[0], a[1], i[0]);
      TensorFunction h = i -> loss.apply(a[0], a[1], i[0]);
      Tensor[] x = {a[2]};
      Tensor[] t = {a[3]};
      row("jvp", sizes, () -> Func.jvp(g.all(), x, t), script + step("jvp(g, (x,), (t,))"));
      Tensor[] all = {a[4]};
      Tensor[] along = {a[5]};
      row(
          "jvp, 64 samples",
          sizes,
          () -> Func.jvp(g.all(), all, along),
          script + step("jvp(g, (all,), (along,))"));
      row("grad", sizes, () -> Func.grad(h).apply(x), script + step("grad(h)(x)"));
      row("vmap, 64 samples", sizes, () -> Func.vmap(g).apply(a[4]), script + step("vmap(g)(all)"));
      row(
          "a gradient for each of 64 samples",
          sizes,
          () ->
              Func.vmapAll(Func.gradAll(loss, 0, 1))
                  .inDims(Vmap.NONE, Vmap.NONE, 0)
                  .applyAll(a[0], a[1], a[4]),
          script + step("vmap(grad(loss, argnums=(0, 1)), in_dims=(None, None, 0))(v, w, all)"));
      row("jacrev", sizes, () -> Func.jacrev(g).apply(x), script + step("jacrev(g)(x)"));
      row("jacfwd", sizes, () -> Func.jacfwd(g).apply(x), script + step("jacfwd(g)(x)"));
      row("hessian", sizes, () -> Func.hessian(h).apply(x), script + step("hessian(h)(x)"));
      row("hvp", sizes, () -> Func.hvp(h, x, t), script + step("jvp(grad(h), (x,), (t,))"));
      row(
          "hvp, 64 samples",
          sizes,
          () -> Func.hvp(h, all, along),
          script + step("jvp(grad(h), (all,), (along,))"));
    }
  }

  private static String step(String expression) {
    return "def step(): " + expression + "\n";
  }

  /** A call that gives something. */
  @FunctionalInterface
  private interface Call {
    Object run();
  }

  private void row(String name, String sizes, Call call, String script) {
    if (!name.matches(matching)) {
      return;
    }
    Runnable once =
        () -> {
          try (Scope step = Scope.open()) {
            Objects.requireNonNull(call.run());
          }
        };
    double[] t = Cost.compare(ROUNDS, Cost.thread(once), peer.script(name + " " + sizes, script));
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.1f | %.1f | %.2f |%n",
        name,
        sizes,
        t[0] / 1000,
        t[1] / 1000,
        t[0] / t[1]);
  }
}
