package io.arclight.it;

import io.arclight.it.steps.StepComparison;
import java.io.IOException;

/**
 * Whole training steps (gradients to zero, forward, loss, backward, optimizer) beside libtorch
 * (through JavaCPP) and, if an executable is given, PyTorch of pip, on one thread in turns.
 */
public final class StepBenchmark {
  private StepBenchmark() {}

  /** Arguments: a model of {@code Models}, or all (default); a Python executable with torch. */
  public static void main(String[] args) throws IOException {
    StepComparison.run(args.length > 0 ? args[0] : "all", args.length > 1 ? args[1] : null);
  }
}
