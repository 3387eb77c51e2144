package io.arclight.tensor;

import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Storage;
import java.util.List;

/** In host memory: an error slot, the table of {@code CompiledKernel.runAll}, argument blocks. */
final class SegmentTable implements AutoCloseable {
  private final Storage block;
  private final long rows;

  private SegmentTable(Storage block, long rows) {
    this.block = block;
    this.rows = rows;
  }

  /** Where buffer {@code b} of segment {@code s} is. */
  interface Addresses {
    long of(int s, int b);
  }

  static SegmentTable of(List<Segment> segments, Addresses addresses) {
    int buffers = segments.get(0).buffers().length;
    long slots = buffers + segments.get(0).params().length + 1L;
    long entries = Kernel.ERROR_SLOT_BYTES;
    long blocks = entries + 16L * segments.size() + 8;
    Storage block = Storage.allocate(Device.CPU, blocks + 8 * slots * segments.size(), "arguments");
    long error = block.address();
    HostMemory.putInt64(error, 0);
    long entry = error + entries;
    long args = error + blocks;
    long rows = 0;
    for (int s = 0; s < segments.size(); s++) {
      Segment segment = segments.get(s);
      HostMemory.putInt64(entry, rows);
      HostMemory.putInt64(entry + 8, args);
      entry += 16;
      rows += segment.rows();
      for (int b = 0; b < buffers; b++, args += 8) {
        HostMemory.putInt64(args, addresses.of(s, b));
      }
      for (long param : segment.params()) {
        HostMemory.putInt64(args, param);
        args += 8;
      }
      HostMemory.putInt64(args, error);
      args += 8;
    }
    HostMemory.putInt64(entry, rows);
    return new SegmentTable(block, rows);
  }

  /** Rows of all segments. */
  long rows() {
    return rows;
  }

  long error() {
    return block.address();
  }

  /** What {@code CompiledKernel.runAll} takes. */
  long address() {
    return block.address() + Kernel.ERROR_SLOT_BYTES;
  }

  @Override
  public void close() {
    block.close();
  }
}
