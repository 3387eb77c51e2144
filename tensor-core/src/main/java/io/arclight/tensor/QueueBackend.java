package io.arclight.tensor;

import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.QueueMemory;
import io.arclight.tensor.memory.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The test device: work runs later, in order, on one thread; its memory cannot be read by the host;
 * the first error is raised at the next synchronisation.
 */
final class QueueBackend extends Backend {
  static final QueueBackend INSTANCE = new QueueBackend();

  private final ThreadPoolExecutor queue =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          r -> {
            Thread t = new Thread(r, "arclight-queue-device");
            t.setDaemon(true);
            return t;
          });
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  private QueueBackend() {}

  @Override
  void launch(
      Executable kernel,
      String op,
      long rows,
      long rowWork,
      Tensor[] buffers,
      long[] params,
      Object detail) {
    CompiledKernel compiled = kernel.compiled();
    library(
        addresses -> {
          int slots = addresses.length + params.length + 1;
          Tensor block = ThreadBlock.allocate(8L * slots + Kernel.ERROR_SLOT_BYTES);
          try {
            long args = block.address();
            long error = args + 8L * slots;
            long p = args;
            for (long a : addresses) {
              HostMemory.putInt64(p, a);
              p += 8;
            }
            for (long v : params) {
              HostMemory.putInt64(p, v);
              p += 8;
            }
            HostMemory.putInt64(p, error);
            HostMemory.putInt64(error, 0);
            compiled.run(args, 0, rows);
            raise(error, op, detail);
          } finally {
            block.close();
          }
        },
        buffers);
  }

  @Override
  void launchAll(Executable kernel, String op, long rowWork, List<Segment> segments) {
    CompiledKernel compiled = kernel.compiled();
    int buffers = segments.get(0).buffers().length;
    library(
        addresses -> {
          try (SegmentTable table =
              SegmentTable.of(segments, (s, b) -> addresses[s * buffers + b])) {
            compiled.runAll(table.address(), 0, table.rows());
            raise(table.error(), op, null);
          }
        },
        segments.stream().flatMap(s -> Arrays.stream(s.buffers())).toArray(Tensor[]::new));
  }

  @Override
  public void library(LibraryCall call, Tensor... operands) {
    long[] addresses = new long[operands.length];
    Storage[] used = new Storage[operands.length];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = QueueMemory.real(operands[i].address());
      used[i] = operands[i].storage();
      used[i].retain();
    }
    queue.execute(
        () -> {
          try {
            if (failure.get() == null) {
              call.run(addresses);
            }
          } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
          } finally {
            for (Storage s : used) {
              s.release();
            }
          }
        });
  }

  @Override
  void toHost(Tensor source, long hostAddress, long bytes) {
    library(a -> HostMemory.copy(a[0], hostAddress, bytes), source);
    synchronize();
  }

  @Override
  void fromHost(long hostAddress, Tensor target, long bytes) {
    library(a -> HostMemory.copy(hostAddress, a[0], bytes), target);
    synchronize();
  }

  @Override
  public void synchronize() {
    try {
      queue.submit(() -> {}).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DeviceException("interrupted while waiting for device queue");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    RuntimeException e = failure.getAndSet(null);
    if (e != null) {
      throw e;
    }
  }
}
