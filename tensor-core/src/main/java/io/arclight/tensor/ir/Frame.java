package io.arclight.tensor.ir;

/** The variables of one run of an interpreted kernel; one frame per calling thread. */
final class Frame {
  /** Integers and booleans, indexed by slot. */
  final long[] longs;

  /** Floating-point values, indexed by slot; F32 values are carried as doubles. */
  final double[] doubles;

  /** The argument block. */
  final long[] args;

  long row;

  Frame(int longSlots, int doubleSlots, int arguments) {
    longs = new long[longSlots];
    doubles = new double[doubleSlots];
    args = new long[arguments];
  }

  void report(ErrorCode code, long reported) {
    long slot = args[args.length - 1];
    if (RawMemory.compareAndSet(slot, 0, code.ordinal())) {
      RawMemory.putInt64(slot + 8, row);
      RawMemory.putInt64(slot + 16, reported);
    }
  }
}
