package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Gemm;
import io.arclight.tensor.cpu.Product;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Storage;

/** What both directions know of an application, and their work on one tile of scores. */
final class AttentionTiles {
  /** Queries and keys of a tile, whose scores so stay in a core's cache. */
  static final long QUERIES = 64;

  /** Multiplications that make a task worth its start. */
  static final long GRAIN = 1_000_000;

  private static final int SLOTS = 40;
  private static final int ALIGN = 64;

  final AttentionOp op;
  final DType dtype;
  final AttentionOperand query;
  final AttentionOperand key;
  final AttentionOperand value;

  /** Null without a mask. */
  final AttentionOperand mask;

  /** Sample ids by batch; null without dropout. */
  final Tensor ids;

  final long batches;
  final long heads;
  final long keyHeads;
  final long queries;
  final long keys;
  final long width;
  final long valueWidth;

  AttentionTiles(AttentionOp op, Tensor... in) {
    this.op = op;
    dtype = in[0].dtype().accumulator();
    query = AttentionOperand.of(in[0], dtype);
    key = AttentionOperand.of(in[1], dtype);
    value = AttentionOperand.of(in[2], dtype);
    batches = in[0].dim(0);
    heads = in[0].dim(1);
    keyHeads = in[1].dim(1);
    queries = in[0].dim(2);
    keys = in[1].dim(2);
    width = in[0].dim(3);
    valueWidth = in[2].dim(3);
    Tensor given = op.maskOf(in);
    mask =
        given == null
            ? null
            : AttentionOperand.mask(
                given,
                given.dtype() == DType.BOOL ? DType.BOOL : dtype,
                Shape.of(batches, heads, queries, keys));
    Tensor samples = op.idsOf(in);
    ids = samples == null ? null : samples.detach().contiguous();
  }

  /** Keys that the queries up to {@code end} see. */
  long keysSeen(long end) {
    return op.mask() == AttentionOp.Mask.CAUSAL ? Math.min(keys, end) : keys;
  }

  /** The key head that serves head {@code h}. */
  long keyHead(long h) {
    return h / (heads / keyHeads);
  }

  /** The kernel that queries from {@code i0} and keys [j0, j0 + cols) need. */
  AttentionKernels.Variant variant(long i0, long j0, long cols) {
    AttentionKernels.Masking masking =
        switch (op.mask()) {
          case NONE -> AttentionKernels.Masking.NONE;
          case CAUSAL ->
              j0 + cols - 1 <= i0 ? AttentionKernels.Masking.NONE : AttentionKernels.Masking.CAUSAL;
          case GIVEN ->
              mask.tensor().dtype() == DType.BOOL
                  ? AttentionKernels.Masking.CHOSEN
                  : AttentionKernels.Masking.ADDED;
        };
    return new AttentionKernels.Variant(dtype, masking, ids != null);
  }

  /** The place of a tile of scores. */
  record Tile(long b, long h, long i0, long j0, long rows, long cols) {}

  /** Memory of a thread for the length of a range of tasks: arguments, then blocks of numbers. */
  static final class Work implements AutoCloseable {
    private final Storage storage;
    private final long arguments;
    private final long[] blocks;
    private long next;

    Work(int bytes, long... elements) {
      long total = ALIGN + 8L * SLOTS + Kernel.ERROR_SLOT_BYTES;
      blocks = new long[elements.length];
      for (int i = 0; i < blocks.length; i++) {
        total = (total + ALIGN - 1) / ALIGN * ALIGN;
        blocks[i] = total;
        total += elements[i] * bytes;
      }
      storage = Storage.allocate(Device.CPU, total, "attention");
      arguments = storage.address();
      for (int i = 0; i < blocks.length; i++) {
        blocks[i] += storage.address();
      }
    }

    long block(int i) {
      return blocks[i];
    }

    /** Begins a list of arguments. */
    Work call() {
      next = arguments;
      return this;
    }

    Work with(long slot) {
      HostMemory.putInt64(next, slot);
      next += 8;
      return this;
    }

    Work with(long a, long b, long c, long d) {
      return with(a).with(b).with(c).with(d);
    }

    void run(Executable kernel, long rows) {
      with(arguments + 8L * SLOTS);
      kernel.compiled().run(arguments, 0, rows);
    }

    @Override
    public void close() {
      storage.close();
    }
  }

  /** Adds what kernels read of a tile: the mask's address, then the parameters. */
  void arguments(Work work, AttentionKernels.Variant variant, Tile tile, long maskAt, long idsAt) {
    if (mask != null) {
      work.with(maskAt + mask.at(tile.b, tile.h, tile.i0) + tile.j0 * mask.bytes());
    }
    work.with(tile.cols, tile.cols, RowOps.bits(dtype, op.scale()), tile.i0 - tile.j0);
    work.with(mask == null ? 0 : mask.row());
    if (variant.drops()) {
      double keep = 1 - op.dropout();
      work.with(op.key() & RandomKernels.LOW).with(op.key() >>> 32);
      work.with(HostMemory.int64(idsAt + 8 * tile.b));
      work.with((tile.h * queries + tile.i0) * keys + tile.j0).with(keys);
      work.with(RowOps.bits(DType.FLOAT32, keep)).with(RowOps.bits(dtype, 1 / keep));
    }
  }

  static void fill(DType dtype, long address, long count, double value) {
    for (long i = 0; i < count; i++) {
      if (dtype == DType.FLOAT64) {
        HostMemory.putFloat64(address + 8 * i, value);
      } else {
        HostMemory.putFloat32(address + 4 * i, (float) value);
      }
    }
  }

  /** C (+)= A B for blocks of these leading dimensions. */
  void multiply(
      long m,
      long n,
      long k,
      long a,
      long lda,
      long b,
      long ldb,
      boolean turnB,
      long c,
      long ldc,
      boolean add) {
    product(new Product(dtype, false, turnB, m, n, k, lda, ldb, ldc, add), a, b, c);
  }

  /** C (+)= A^T B. */
  void multiplyTurned(
      long m, long n, long k, long a, long lda, long b, long ldb, long c, long ldc, boolean add) {
    product(new Product(dtype, true, false, m, n, k, lda, ldb, ldc, add), a, b, c);
  }

  private static void product(Product p, long a, long b, long c) {
    Gemm.multiply(p, 1, a, 0, b, 0, c, 0);
  }
}
