package io.arclight.tensor.ir;

/** A kernel made runnable by one of the readers; see {@link Kernel} for the calling convention. */
public interface CompiledKernel {
  /** Runs rows [begin, end) on the calling thread; {@code args} is the argument block's address. */
  void run(long args, long begin, long end);
}
