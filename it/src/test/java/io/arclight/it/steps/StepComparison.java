package io.arclight.it.steps;

import io.arclight.it.ops.Cost;
import io.arclight.it.ops.PythonPeer;
import io.arclight.tensor.cpu.Workers;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/** The parts of {@code StepBenchmark}. */
public final class StepComparison {
  private static final int ROUNDS = 31;

  private StepComparison() {}

  /**
   * Runs one model, or all, and prints a line for each: medians of CPU time of the calling thread.
   *
   * @param python an executable with PyTorch, or null
   */
  public static void run(String name, String python) throws IOException {
    Map<String, Supplier<Model>> models = Models.all();
    if (!name.equals("all")) {
      if (!models.containsKey(name)) {
        throw new IllegalArgumentException("no model " + name + ": there are " + models.keySet());
      }
      models.keySet().retainAll(java.util.Set.of(name));
    }
    Workers.threads(1);
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(1);
    Cost.printLoad();
    try (PythonPeer peer = python == null ? null : new PythonPeer(python)) {
      System.out.println("libtorch 2.10.0, pip's PyTorch " + (peer == null ? "-" : peer.version()));
      System.out.println("| step | Arclight | libtorch | ratio | pip | ratio |");
      System.out.println("|---|---:|---:|---:|---:|---:|");
      for (Supplier<Model> model : models.values()) {
        compare(model.get(), peer);
      }
    }
    Cost.printLoad();
  }

  private static void compare(Model model, PythonPeer peer) {
    double[] t =
        Cost.compare(
            ROUNDS,
            Cost.thread(model.arclight()),
            Cost.thread(model.libtorch()),
            peer == null ? null : peer.script(model.description(), model.python()));
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s |%n",
        model.description(),
        millis(t[0]),
        millis(t[1]),
        ratio(t[0], t[1]),
        millis(t[2]),
        ratio(t[0], t[2]));
  }

  private static String millis(double nanos) {
    return Double.isNaN(nanos) ? "-" : String.format(Locale.ROOT, "%.3f ms", nanos / 1e6);
  }

  private static String ratio(double ours, double theirs) {
    return Double.isNaN(theirs) ? "-" : String.format(Locale.ROOT, "%.2f", ours / theirs);
  }
}
