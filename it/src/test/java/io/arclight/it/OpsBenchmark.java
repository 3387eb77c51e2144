package io.arclight.it;

import io.arclight.it.ops.OpsComparison;
import java.io.IOException;

/**
 * Operations beside libtorch (through JavaCPP) and, if an executable is given, PyTorch of pip: by
 * family and size, forward and backward, on one thread; matrix products and Fourier transforms by
 * shape; what a call costs; one thread against two; a chain of a thousand operations; and memory
 * over many steps.
 */
public final class OpsBenchmark {
  private OpsBenchmark() {}

  /**
   * Arguments: families|products|transforms|dispatch|chain|threads|memory|all (default all), where
   * the first three and threads take {@code :} and a regular expression of functions; a Python
   * executable with torch.
   */
  public static void main(String[] args) throws IOException {
    OpsComparison.run(args.length > 0 ? args[0] : "all", args.length > 1 ? args[1] : null);
  }
}
