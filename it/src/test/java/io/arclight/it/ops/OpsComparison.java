package io.arclight.it.ops;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/** The parts of {@code OpsBenchmark}. */
public final class OpsComparison {
  private static final int[] SIZES = {1_000, 100_000, 10_000_000};
  private static final int ROUNDS = 11;
  private static final int CHAIN = 1000;

  private OpsComparison() {}

  /**
   * Runs {@code part} and prints tables.
   *
   * @param part a part's name, and a colon and a regular expression of functions if not all
   * @param python an executable with PyTorch, or null
   */
  public static void run(String part, String python) throws IOException {
    String[] words = part.split(":", 2);
    run(words[0], words.length > 1 ? words[1] : ".*", python);
  }

  private static void run(String part, String functions, String python) throws IOException {
    List<Work> works = Works.all().stream().filter(w -> w.name().matches(functions)).toList();
    Workers.threads(1);
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(1);
    Cost.printLoad();
    boolean all = part.equals("all");
    if (all || part.equals("dispatch")) {
      dispatch();
    }
    if (all || part.equals("chain")) {
      chain();
    }
    if (all || part.equals("families")) {
      try (PythonPeer peer = python == null ? null : new PythonPeer(python)) {
        families(works, peer);
      }
    }
    if (all || part.equals("products")) {
      shapes(MatrixProducts.all(), functions, python);
    }
    if (all || part.equals("transforms")) {
      shapes(Transforms.all(), functions, python);
    }
    if (all || part.equals("threads")) {
      threads(works);
    }
    if (all || part.equals("memory")) {
      EagerSoak.run(1_000_000);
    }
    Cost.printLoad();
  }

  // ---- families

  private static void families(List<Work> works, PythonPeer peer) {
    System.out.println("libtorch 2.10.0, pip's PyTorch " + (peer == null ? "-" : peer.version()));
    System.out.println(
        "| | elements | | Arclight | libtorch | ratio | to out= | pip | ratio | to out= | |");
    System.out.println("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---|");
    for (int n : SIZES) {
      for (Work work : works) {
        try (Sides sides = new Sides(work, n)) {
          forward(work, n, sides, peer);
          backward(work, n, sides, peer);
        }
        if (peer != null) {
          peer.clear();
        }
      }
    }
  }

  private static void forward(Work work, int n, Sides sides, PythonPeer peer) {
    Runnable out = sides.libtorchOut();
    double[] t =
        Cost.compare(
            ROUNDS,
            Cost.thread(sides.forward()),
            Cost.thread(sides.libtorchForward()),
            out == null ? null : Cost.thread(out),
            peer == null ? null : peer.forward(work, n),
            peer == null ? null : peer.out(work, n));
    row(work, n, "forward", t);
  }

  private static void backward(Work work, int n, Sides sides, PythonPeer peer) {
    double[] t =
        Cost.compare(
            ROUNDS,
            Cost.thread(sides.backward()),
            Cost.thread(sides.libtorchBackward()),
            null,
            peer == null ? null : peer.backward(work, n),
            null);
    row(work, n, "and backward", t);
  }

  private static void row(Work work, int n, String direction, double[] t) {
    System.out.printf(
        Locale.ROOT,
        "| %s | 1e%d | %s | %s | %s | %s | %s | %s | %s | %s | %s |%n",
        work.name(),
        Math.round(Math.log10(n)),
        direction,
        micros(t[0]),
        micros(t[1]),
        ratio(t[0], t[1]),
        ratio(t[0], t[2]),
        micros(t[3]),
        ratio(t[0], t[3]),
        ratio(t[0], t[4]),
        missed(work, n, t) ? "miss" : "");
  }

  private static boolean missed(Work work, int n, double[] t) {
    double best = Math.min(t[1], Double.isNaN(t[3]) ? t[1] : t[3]);
    if (work.family().equals("GEMM")) {
      return t[0] > best / 0.97;
    }
    if (work.family().equals("sort")) {
      return t[0] > best * 1.2;
    }
    double limit = n <= 1_000 ? 0.3 : n <= 100_000 ? 0.85 : 0.5;
    boolean out = n > 100_000 && (t[0] > t[2] || t[0] > t[4]);
    return t[0] > limit * best || out;
  }

  private static String micros(double nanos) {
    return Double.isNaN(nanos)
        ? ""
        : String.format(Locale.ROOT, nanos < 100_000 ? "%.2f us" : "%.0f us", nanos / 1e3);
  }

  private static String ratio(double a, double b) {
    return Double.isNaN(b) ? "" : String.format(Locale.ROOT, "%.2f", a / b);
  }

  // ---- functions by shape, beside the best of libtorch and PyTorch of pip

  private static void shapes(List<Work> works, String functions, String python) throws IOException {
    try (PythonPeer peer = python == null ? null : new PythonPeer(python)) {
      System.out.println("libtorch 2.10.0, pip's PyTorch " + (peer == null ? "-" : peer.version()));
      System.out.println("| | | Arclight | libtorch | pip | to the best |");
      System.out.println("|---|---|---:|---:|---:|---:|");
      for (Work work : works) {
        if (work.name().matches(functions)) {
          Sides.compare(work, 0, ROUNDS, peer, (direction, t) -> row(work, direction, t));
        }
      }
    }
  }

  private static void row(Work work, String direction, double[] t) {
    double best = Double.isNaN(t[2]) ? t[1] : Math.min(t[1], t[2]);
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.1f us | %.1f us | %s | %.2f |%n",
        work.name(),
        direction,
        t[0] / 1e3,
        t[1] / 1e3,
        Double.isNaN(t[2]) ? "-" : String.format(Locale.ROOT, "%.1f us", t[2] / 1e3),
        t[0] / best);
  }

  // ---- the cost of a call

  private static void dispatch() {
    Tensor a = Tensor.of(1f, 2f, 3f, 4f).keep();
    Tensor b = Tensor.of(5f, 6f, 7f, 8f).keep();
    Tensor recorded = Tensor.of(1f, 2f, 3f, 4f).keep().requiresGrad(true);
    org.bytedeco.pytorch.Tensor c = torch.rand(4);
    org.bytedeco.pytorch.Tensor d = torch.rand(4);
    org.bytedeco.pytorch.Tensor e = torch.rand(4).set_requires_grad(true);
    double[] t =
        Cost.compare(
            31,
            Cost.thread(
                () -> {
                  try (Scope scope = Scope.open()) {
                    a.add(b);
                  }
                }),
            Cost.thread(
                () -> {
                  try (PointerScope scope = new PointerScope();
                      NoGradGuard mode = new NoGradGuard()) {
                    c.add(d);
                  }
                }),
            Cost.thread(
                () -> {
                  try (Scope scope = Scope.open();
                      Context.Restore mode = Autograd.enableGrad()) {
                    recorded.add(b);
                  }
                }),
            Cost.thread(
                () -> {
                  try (PointerScope scope = new PointerScope()) {
                    e.add(d);
                  }
                }));
    System.out.printf(
        Locale.ROOT,
        "add of 4 floats: Arclight %.0f ns, libtorch %.0f; recorded %.0f, %.0f%n",
        t[0],
        t[1],
        t[2],
        t[3]);
  }

  /** Backward through a chain, without what builds it. */
  private static void chain() {
    Tensor x = Tensor.scalar(1f).keep().requiresGrad(true);
    org.bytedeco.pytorch.Tensor y = torch.ones(new long[0]).set_requires_grad(true);
    Scalar factor = new Scalar(1.001);
    double[] t =
        Cost.compare(
            31,
            calls -> {
              double nanos = 0;
              for (int k = 0; k < calls; k++) {
                try (Scope scope = Scope.open()) {
                  Tensor end = x;
                  for (int i = 0; i < CHAIN; i++) {
                    end = end.mul(1.001);
                  }
                  Tensor last = end;
                  nanos += Cost.thread(() -> Autograd.grad(last, x)).nanos(1);
                }
              }
              return nanos;
            },
            calls -> {
              double nanos = 0;
              for (int k = 0; k < calls; k++) {
                try (PointerScope scope = new PointerScope()) {
                  org.bytedeco.pytorch.Tensor end = y;
                  for (int i = 0; i < CHAIN; i++) {
                    end = end.mul(factor);
                  }
                  org.bytedeco.pytorch.Tensor last = end;
                  nanos += Cost.thread(last::backward).nanos(1);
                }
              }
              return nanos;
            });
    System.out.printf(
        Locale.ROOT,
        "backward of %d products of a scalar: Arclight %.1f us, libtorch %.1f, ratio %.2f%n",
        CHAIN,
        t[0] / 1e3,
        t[1] / 1e3,
        t[0] / t[1]);
  }

  // ---- threads

  private static void threads(List<Work> works) {
    System.out.println("| by the clock | elements | 1 thread | 2 threads | ratio |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (int n : SIZES) {
      for (Work work : works) {
        try (Sides sides = new Sides(work, n)) {
          Cost.Timed call = Cost.clock(sides.forward());
          double[] t = Cost.compare(ROUNDS, on(1, call), on(2, call));
          System.out.printf(
              Locale.ROOT,
              "| %s | 1e%d | %s | %s | %s |%n",
              work.name(),
              Math.round(Math.log10(n)),
              micros(t[0]),
              micros(t[1]),
              ratio(t[1], t[0]));
        }
      }
    }
    Workers.threads(1);
  }

  private static Cost.Timed on(int threads, Cost.Timed call) {
    return calls -> {
      Workers.threads(threads);
      return call.nanos(calls);
    };
  }
}
