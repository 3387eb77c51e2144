package io.arclight.tensor.ir;

import io.arclight.tensor.memory.HostMemory;

/** The registers of one run of an interpreted kernel; each holds {@link #WIDTH} values. */
final class Frame {
  /** How many rows, or iterations of a vector loop, a step handles at once. */
  static final int WIDTH = 2 * Kernel.LANES;

  /** I64, I32 (sign-extended) and BOOL (0 or 1) values. */
  final long[][] longs;

  /** F64 and F32 values; the latter rounded to float, unless in the oracle. */
  final double[][] doubles;

  /** The argument block. */
  final long[] args;

  Frame(int longRegisters, int doubleRegisters, int arguments) {
    longs = new long[longRegisters][WIDTH];
    doubles = new double[doubleRegisters][WIDTH];
    args = new long[arguments];
  }

  void report(ErrorCode code, long row, long reported) {
    long slot = args[args.length - 1];
    if (HostMemory.compareAndSet(slot, 0, code.ordinal())) {
      HostMemory.putInt64(slot + 8, row);
      HostMemory.putInt64(slot + 16, reported);
    }
  }
}
