package io.arclight.it;

import io.arclight.it.ops.DTypeComparison;
import java.io.IOException;

/**
 * Half precision and complex numbers beside PyTorch of pip, if its executable is given, on one
 * thread: conversions, elementwise operations, linear layers, convolutions, complex products.
 */
public final class DTypeBenchmark {
  private DTypeBenchmark() {}

  /** Arguments: a regular expression of names (default all); a Python executable with torch. */
  public static void main(String[] args) throws IOException {
    DTypeComparison.run(args.length > 0 ? args[0] : ".*", args.length > 1 ? args[1] : null);
  }
}
