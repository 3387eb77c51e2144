package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HostMemory;
import java.util.HashMap;
import java.util.Map;

/**
 * Products of many small matrices with one that stays: once it has been used a few times it is
 * brought into the form that the product is fastest in. What is chosen depends on shapes alone. For
 * one thread.
 */
final class RepeatedProduct implements AutoCloseable {
  /** How the matrix that stays lies. */
  enum Side {
    /** As (k, n). */
    PLAIN,
    /** As (n, k). */
    TRANSPOSED
  }

  /** Uses from which on another form pays. */
  private static final int FEW = 4;

  private final DType dtype;
  private final Side side;
  private final long n;
  private final long k;
  private final long matrix;
  private final boolean accumulate;
  private final boolean often;
  private final Map<Long, Rows> rows = new HashMap<>();
  private Scratch turned;

  /** Products of one number of rows. */
  private static final class Rows {
    private int uses;
    private Product product;
    private Scratch packed;
    private long b;
  }

  /**
   * @param matrix address of what stays
   * @param accumulate whether products are added to what they are written to
   * @param uses of each number of rows, as far as is known
   */
  RepeatedProduct(
      DType dtype, Side side, long n, long k, long matrix, boolean accumulate, long uses) {
    this.dtype = dtype;
    this.side = side;
    this.n = n;
    this.k = k;
    this.matrix = matrix;
    this.accumulate = accumulate;
    often = uses > 2 * FEW;
  }

  /** C (m, n) from A (m, k), both dense. */
  void multiply(long m, long a, long c) {
    Rows r = rows.computeIfAbsent(m, key -> new Rows());
    if (r.uses == 0) {
      r.product = product(m, side);
      r.b = matrix;
    }
    if (r.uses == (often ? 0 : FEW)) {
      prepare(m, r);
    }
    r.uses++;
    if (r.packed != null) {
      OneDnn.multiplyPacked(r.product, a, r.packed.at(), c);
    } else {
      Gemm.multiply(r.product, 1, a, 0, r.b, 0, c, 0);
    }
  }

  private Product product(long m, Side as) {
    boolean trans = as == Side.TRANSPOSED;
    return new Product(dtype, false, trans, m, n, k, k, trans ? k : n, n, accumulate);
  }

  private void prepare(long m, Rows r) {
    Product plain = product(m, Side.PLAIN);
    if (GemmPlan.library(plain) == GemmLibrary.ONEDNN) {
      long bytes = OneDnn.packedBytes(r.product);
      if (bytes > 0) {
        r.packed = new Scratch(bytes);
        OneDnn.pack(r.product, matrix, r.packed.at());
      }
    } else if (side == Side.TRANSPOSED) {
      r.product = plain;
      r.b = turned();
    }
  }

  /** The matrix as (k, n). */
  private long turned() {
    if (turned == null) {
      int size = dtype.bytes();
      turned = new Scratch(n * k * size);
      for (long j = 0; j < n; j++) {
        for (long i = 0; i < k; i++) {
          long from = matrix + (j * k + i) * size;
          long to = turned.at() + (i * n + j) * size;
          if (size == Float.BYTES) {
            HostMemory.putInt32(to, HostMemory.int32(from));
          } else {
            HostMemory.putInt64(to, HostMemory.int64(from));
          }
        }
      }
    }
    return turned.at();
  }

  @Override
  public void close() {
    if (turned != null) {
      turned.close();
    }
    for (Rows r : rows.values()) {
      if (r.packed != null) {
        r.packed.close();
      }
    }
  }
}
