package io.arclight.it.steps;

import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.MemoryReport;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.bytedeco.openblas.presets.openblas_nolapack;

/** The parts of {@code StepMemoryBenchmark}. */
public final class StepMemory {
  private static final int STEPS = 3;

  /** What PyTorch's allocator had given out at most, by its profiler. */
  private static final String SCRIPT =
      """
      import sys, torch
      from torch.profiler import profile, ProfilerActivity
      torch.set_num_threads(1)
      with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
          scope = {"torch": torch}
          exec(sys.argv[1], scope)
          for _ in range(int(sys.argv[2])): scope["step"]()
      events = [e for e in profiler.profiler.kineto_results.events() if e.name() == "[memory]"]
      live = peak = 0
      for event in sorted(events, key=lambda e: e.start_ns()):
          live += event.nbytes()
          peak = max(peak, live)
      print(peak)
      """;

  private StepMemory() {}

  /** Prints the most bytes of tensors that are held at once in the first three steps. */
  public static void run(String python) throws IOException, InterruptedException {
    Workers.threads(1);
    openblas_nolapack.blas_set_num_threads(1);
    List<Model> models =
        List.of(
            new GptModel(Kept.ALL),
            new GptModel(Kept.INPUTS_OF_BLOCKS),
            new ResNetModel(PyTorchLayout.DEFAULT, Kept.ALL),
            new ResNetModel(PyTorchLayout.CHANNELS_LAST, Kept.ALL),
            new ResNetModel(PyTorchLayout.DEFAULT, Kept.INPUTS_OF_BLOCKS));
    System.out.println("| step | Arclight | pip | ratio |");
    System.out.println("|---|---:|---:|---:|");
    for (Model model : models) {
      double ours = arclight(model);
      double theirs = python == null ? Double.NaN : pytorch(python, model);
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f MB | %.1f MB | %.2f |%n",
          model.description(),
          ours / 1e6,
          theirs / 1e6,
          ours / theirs);
    }
  }

  private static long arclight(Model model) {
    try (MemoryReport.Tracking tracking = MemoryReport.trackPeaks()) {
      Runnable step = made(model);
      for (int i = 0; i < STEPS; i++) {
        step.run();
      }
      return tracking.peakBytes();
    }
  }

  /** What initialisation takes is given back at once, as by PyTorch, not when the heap is full. */
  private static Runnable made(Model model) {
    try (Scope scope = Scope.open()) {
      return model.arclight();
    }
  }

  private static long pytorch(String python, Model model) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(python, "-c", SCRIPT, model.python(), Integer.toString(STEPS))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(python + " ended with " + process.exitValue() + ": " + out);
    }
    return Long.parseLong(out.strip());
  }
}
