package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HostMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
  private final List<Scratch> memory = new ArrayList<>();
  private long panels;

  /** C from A, in some form. */
  @FunctionalInterface
  private interface Form {
    void multiply(long a, long c);
  }

  /** Products of one number of rows. */
  private static final class Rows {
    private int uses;
    private Form form;
  }

  /** A product, so many bytes from A, from the panels and from C. */
  private record Piece(Product product, long a, long b, long c) {}

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
    if (r.uses == (often ? 0 : FEW)) {
      r.form = prepared(m);
    } else if (r.uses == 0) {
      r.form = as(product(m, side), matrix);
    }
    r.uses++;
    r.form.multiply(a, c);
  }

  private Product product(long m, Side as) {
    boolean trans = as == Side.TRANSPOSED;
    return new Product(dtype, false, trans, m, n, k, k, trans ? k : n, n, accumulate);
  }

  private static Form as(Product product, long b) {
    return (a, c) -> Gemm.multiply(product, 1, a, 0, b, 0, c, 0);
  }

  private Form prepared(long m) {
    Product given = product(m, side);
    Product plain = product(m, Side.PLAIN);
    long columns = k == 0 ? n : GemmTiles.panel(plain);
    if (columns < n) {
      // One row is a product with a vector, which reads B as it is.
      return m == 1 ? as(given, matrix) : byPanels(plain, columns);
    }
    if (GemmPlan.library(plain) == GemmLibrary.ONEDNN) {
      return packed(given);
    }
    return side == Side.PLAIN ? as(given, matrix) : as(plain, panels(n));
  }

  private Form packed(Product product) {
    long bytes = OneDnn.packedBytes(product);
    if (bytes == 0) {
      return as(product, matrix);
    }
    long b = scratch(bytes);
    OneDnn.pack(product, matrix, b);
    return (a, c) -> OneDnn.multiplyPacked(product, a, b, c);
  }

  private Form byPanels(Product whole, long columns) {
    long b = panels(columns);
    long height = GemmTiles.rows(whole, columns);
    List<Piece> pieces = new ArrayList<>();
    for (long i = 0; i < whole.m(); i += height) {
      long m = Math.min(height, whole.m() - i);
      for (long j = 0; j < n; j += columns) {
        long width = Math.min(columns, n - j);
        pieces.add(
            new Piece(
                new Product(dtype, false, false, m, width, k, k, width, n, accumulate),
                whole.rowOfA(i),
                j * k * dtype.bytes(),
                whole.elementOfC(i, j)));
      }
    }
    return (a, c) -> {
      for (Piece piece : pieces) {
        OpenBlas.multiply(piece.product, a + piece.a, b + piece.b, c + piece.c);
      }
    };
  }

  /** The matrix as panels (k, {@code columns}), the last of them with what is left. */
  private long panels(long columns) {
    if (panels == 0) {
      panels = scratch(n * k * dtype.bytes());
      for (long j = 0; j < n; j += columns) {
        panel(j, Math.min(columns, n - j), panels + j * k * dtype.bytes());
      }
    }
    return panels;
  }

  /** Writes columns from {@code first} on. */
  private void panel(long first, long columns, long to) {
    int size = dtype.bytes();
    if (side == Side.PLAIN) {
      for (long i = 0; i < k; i++) {
        HostMemory.copy(matrix + (i * n + first) * size, to + i * columns * size, columns * size);
      }
      return;
    }
    for (long j = 0; j < columns; j++) {
      long from = matrix + (first + j) * k * size;
      long at = to + j * size;
      for (long i = 0; i < k; i++) {
        if (size == Float.BYTES) {
          HostMemory.putInt32(at + i * columns * size, HostMemory.int32(from + i * size));
        } else {
          HostMemory.putInt64(at + i * columns * size, HostMemory.int64(from + i * size));
        }
      }
    }
  }

  private long scratch(long bytes) {
    Scratch scratch = new Scratch(bytes);
    memory.add(scratch);
    return scratch.at();
  }

  @Override
  public void close() {
    memory.forEach(Scratch::close);
  }
}
