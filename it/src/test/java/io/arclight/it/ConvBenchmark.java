package io.arclight.it;

import io.arclight.it.ops.ConvComparison;
import java.io.IOException;

/**
 * Convolutions beside libtorch (through JavaCPP) and, if an executable is given, PyTorch of pip, on
 * one thread: forward, and forward with all gradients, of the distinct convolutions of ResNet-18 on
 * images of 64 x 64 in batches of 8, and of a small CNN on 28 x 28 in batches of 64; and the
 * gradients of that CNN as a whole.
 */
public final class ConvBenchmark {
  private ConvBenchmark() {}

  /** Arguments: a regular expression of names (default all); a Python executable with torch. */
  public static void main(String[] args) throws IOException {
    ConvComparison.run(args.length > 0 ? args[0] : ".*", args.length > 1 ? args[1] : null);
  }
}
