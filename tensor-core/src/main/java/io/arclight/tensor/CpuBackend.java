package io.arclight.tensor;

import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.memory.HostMemory;
import java.lang.ref.Reference;
import java.util.List;

/** Runs work at once, on the calling thread and its borrowed workers. */
final class CpuBackend extends Backend {
  static final CpuBackend INSTANCE = new CpuBackend();

  /** Elements below which a second thread costs more than it brings. */
  static final long GRAIN = 32768;

  private static final int SLOTS = 64;
  private static final ThreadLocal<Arguments> ARGUMENTS = ThreadLocal.withInitial(Arguments::new);

  /** The argument block of a thread, given back with it. */
  private static final class Arguments {
    private final Tensor block;
    private final long address;
    private final long error;

    Arguments() {
      this(SLOTS);
    }

    Arguments(int slots) {
      block = ThreadBlock.allocate(8L * slots + Kernel.ERROR_SLOT_BYTES);
      address = block.address();
      error = address + 8L * slots;
      HostMemory.putInt64(error, 0);
    }
  }

  private CpuBackend() {}

  @Override
  void launch(
      Executable kernel,
      String op,
      long rows,
      long rowWork,
      Tensor[] buffers,
      long[] params,
      Object detail) {
    int slots = buffers.length + params.length + 1;
    // Only tensors of very many dimensions need more.
    Arguments arguments = slots <= SLOTS ? ARGUMENTS.get() : new Arguments(slots);
    long args = arguments.address;
    long error = arguments.error;
    long p = args;
    for (Tensor t : buffers) {
      HostMemory.putInt64(p, t.address());
      p += 8;
    }
    for (long v : params) {
      HostMemory.putInt64(p, v);
      p += 8;
    }
    HostMemory.putInt64(p, error);
    try {
      CompiledKernel compiled = kernel.compiled();
      if (isOneTask(rows, rowWork)) {
        compiled.run(args, 0, rows);
      } else {
        Workers.run(rows, grain(rowWork), (begin, end) -> compiled.run(args, begin, end));
      }
      if (HostMemory.int64(error) != 0) {
        raise(error, op, detail);
      }
    } finally {
      Reference.reachabilityFence(arguments);
    }
  }

  @Override
  void launchAll(Executable kernel, String op, long rowWork, List<Segment> segments) {
    CompiledKernel compiled = kernel.compiled();
    try (SegmentTable table =
        SegmentTable.of(segments, (s, b) -> segments.get(s).buffers()[b].address())) {
      long address = table.address();
      long rows = table.rows();
      if (isOneTask(rows, rowWork)) {
        compiled.runAll(address, 0, rows);
      } else {
        Workers.run(rows, grain(rowWork), (begin, end) -> compiled.runAll(address, begin, end));
      }
      raise(table.error(), op, null);
    }
  }

  private static boolean isOneTask(long rows, long rowWork) {
    return rows == 1 || rows * rowWork <= GRAIN;
  }

  private static long grain(long rowWork) {
    return Math.max(1, GRAIN / Math.max(1, rowWork));
  }

  @Override
  public void library(LibraryCall call, Tensor... operands) {
    long[] addresses = new long[operands.length];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = operands[i].address();
    }
    call.run(addresses);
  }

  @Override
  void toHost(Tensor source, long hostAddress, long bytes) {
    HostMemory.copy(source.address(), hostAddress, bytes);
  }

  @Override
  void fromHost(long hostAddress, Tensor target, long bytes) {
    HostMemory.copy(hostAddress, target.address(), bytes);
  }

  @Override
  public void synchronize() {}
}
