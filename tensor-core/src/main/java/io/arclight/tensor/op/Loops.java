package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Tensor;

/**
 * The loop nest over which an elementwise kernel runs: the output's dimensions with adjacent ones
 * merged where every operand allows it. Operand 0 is the output. At rank 1 a kernel row is an
 * element; above, a row is an index into the outer dimensions and the inner one is a vector loop.
 */
final class Loops {
  private static final int CLASS_BITS = 6;

  private final int rank;
  private final long[] sizes;

  /** By operand and dimension; null where everything is dense. */
  private final long[][] strides;

  private final int operands;
  private final long key;

  private Loops(int rank, long[] sizes, long[][] strides, Tensor out, Tensor[] operands) {
    this.rank = rank;
    this.sizes = sizes;
    this.strides = strides;
    this.operands = operands.length + 1;
    long k = rank;
    k = k << CLASS_BITS | out.dtype().ordinal() << 2 | kind(0);
    for (int i = 0; i < operands.length; i++) {
      k = k << CLASS_BITS | operands[i].dtype().ordinal() << 2 | kind(i + 1);
    }
    key = k;
  }

  static Loops of(Tensor out, Tensor[] operands) {
    if (sameAndContiguous(out, operands)) {
      return new Loops(1, new long[] {out.elements()}, null, out, operands);
    }
    int n = operands.length + 1;
    Layout[] layouts = new Layout[n];
    layouts[0] = out.layout();
    for (int i = 1; i < n; i++) {
      layouts[i] = operands[i - 1].layout().expand(out.shape());
    }
    int rank = 0;
    long[] sizes = new long[Math.max(1, out.rank())];
    long[][] strides = new long[n][sizes.length];
    // As they lie in the output's memory, so that what is dense in whatever order is one run.
    for (int d : out.layout().order()) {
      long size = out.dim(d);
      if (size == 1) {
        continue;
      }
      boolean merge = rank > 0;
      for (int i = 0; merge && i < n; i++) {
        merge = strides[i][rank - 1] == layouts[i].strides()[d] * size;
      }
      int at = merge ? rank - 1 : rank++;
      sizes[at] = merge ? sizes[at] * size : size;
      for (int i = 0; i < n; i++) {
        strides[i][at] = layouts[i].strides()[d];
      }
    }
    if (rank == 0) {
      rank = 1;
      sizes[0] = 1;
    }
    return new Loops(rank, sizes, strides, out, operands);
  }

  private static boolean sameAndContiguous(Tensor out, Tensor[] operands) {
    if (!out.isContiguous()) {
      return false;
    }
    for (Tensor t : operands) {
      if (!t.isContiguous() || !t.shape().equals(out.shape())) {
        return false;
      }
    }
    return true;
  }

  int rank() {
    return rank;
  }

  /**
   * 0 if operand {@code i} repeats along the inner dimension, 1 if it is dense, 3 if dense and
   * reversed, else 2.
   */
  int kind(int i) {
    if (strides == null) {
      return 1;
    }
    long s = strides[i][rank - 1];
    return s == 0 || s == 1 ? (int) s : s == -1 ? 3 : 2;
  }

  /** Identifies a kernel among those of one program. */
  long key() {
    return key;
  }

  long rows() {
    if (rank == 1) {
      return sizes[0];
    }
    long n = 1;
    for (int d = 0; d < rank - 1; d++) {
      n *= sizes[d];
    }
    return n;
  }

  /** Elements in a row. */
  long rowWork() {
    return rank == 1 ? 1 : sizes[rank - 1];
  }

  /**
   * Number of layout parameters: for each operand its stride by dimension (the inner one only where
   * its kind is 2), and above rank 1 all sizes.
   */
  int parameters() {
    if (strides == null) {
      return 0;
    }
    int n = rank == 1 ? 0 : rank;
    for (int i = 0; i < operands; i++) {
      n += rank - 1 + (kind(i) == 2 ? 1 : 0);
    }
    return n;
  }

  /** Writes the parameters in the order {@link ElementwiseKernel} reads them. */
  void fill(long[] slots, int at) {
    if (strides == null) {
      return;
    }
    if (rank > 1) {
      for (int d = 0; d < rank; d++) {
        slots[at++] = sizes[d];
      }
    }
    for (int i = 0; i < operands; i++) {
      for (int d = 0; d < rank - 1; d++) {
        slots[at++] = strides[i][d];
      }
      if (kind(i) == 2) {
        slots[at++] = strides[i][rank - 1];
      }
    }
  }
}
