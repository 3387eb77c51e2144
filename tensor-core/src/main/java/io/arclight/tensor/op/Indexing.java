package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Device;
import io.arclight.tensor.ErrorText;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.Arrays;

/** What operations with index tensors share. */
final class Indexing {
  private Indexing() {}

  static void requireIndex(String op, Tensor index) {
    if (index.dtype() != DType.INT64 && index.dtype() != DType.INT32) {
      throw new DTypeException(op + ": the index must be int64 or int32, not " + index.dtype());
    }
  }

  static void requireSameDType(String op, Tensor x, Tensor source) {
    if (source.dtype() != x.dtype()) {
      throw new DTypeException(
          op
              + ": the source must be "
              + x.dtype()
              + " as the tensor, not "
              + source.dtype()
              + ": convert with to("
              + x.dtype()
              + ")");
    }
  }

  static void requireRank(String op, Tensor index, int rank) {
    if (index.rank() != rank) {
      throw new ShapeException(
          op + ": the index must have " + rank + " dimensions, got shape " + index.shape());
    }
  }

  static long outer(Tensor t, int dim) {
    long n = 1;
    for (int i = 0; i < dim; i++) {
      n *= t.dim(i);
    }
    return n;
  }

  static long inner(Tensor t, int dim) {
    long n = 1;
    for (int i = dim + 1; i < t.rank(); i++) {
      n *= t.dim(i);
    }
    return n;
  }

  /** A number has one dimension of one element. */
  static Tensor atLeast1d(Tensor t) {
    return t.rank() > 0 ? t : t.withLayout(t.layout().reshape(Shape.of(1)));
  }

  /** {@code index[at]} if it is in [0, n); else an error and 0. */
  static Expr checked(RowKernel k, int buffer, Expr at, Expr n, Bounds bounds) {
    Expr index = k.at(buffer, at, Type.I64);
    Expr value = bounds == Bounds.WRAP ? select(lt(index, int64(0)), add(index, n), index) : index;
    // As unsigned numbers, negative ones are large: one comparison.
    Expr flip = int64(Long.MIN_VALUE);
    Expr ok = lt(xor(value, flip), xor(n, flip));
    return new Expr.Check(ok, ErrorCode.INDEX_OUT_OF_RANGE, index, value, int64(0));
  }

  /**
   * What an index that is out of range is reported with.
   *
   * @param dims the indexed dimensions, {@code sizes} their sizes
   * @param index one tensor for each dimension
   */
  record OutOfRange(Bounds bounds, int[] dims, long[] sizes, Tensor... index) implements ErrorText {
    @Override
    public String of(long row, long value) {
      StringBuilder s = new StringBuilder("index " + value + " is out of range for ");
      int k = 0;
      while (k < dims.length - 1 && (find(k, value) < 0 || fits(k, value))) {
        k++;
      }
      s.append("dimension ").append(dims[k]).append(" of size ").append(sizes[k]);
      int at = find(k, value);
      if (at >= 0) {
        s.append(", at position ").append(Arrays.toString(position(at, index[k].shape())));
        s.append(" of the index");
      }
      if (bounds == Bounds.STRICT && value < 0 && value >= -sizes[k]) {
        s.append("; this operation does not count from the end");
      }
      return s.toString();
    }

    private boolean fits(int k, long value) {
      return value < sizes[k] && value >= (bounds == Bounds.WRAP ? -sizes[k] : 0);
    }

    private int find(int k, long value) {
      return Indexing.find(index[k], value);
    }
  }

  /** Where {@code value} stands first; -1 where the host cannot look. */
  static int find(Tensor index, long value) {
    if (!index.device().equals(Device.CPU) || index.storage().isClosed()) {
      return -1;
    }
    long[] all = index.toLongs();
    for (int i = 0; i < all.length; i++) {
      if (all[i] == value) {
        return i;
      }
    }
    return -1;
  }

  /** Element {@code at} of a tensor of the shape, by dimension. */
  static long[] position(long at, Shape shape) {
    long[] out = new long[shape.rank()];
    for (int d = out.length - 1; d >= 0; d--) {
      out[d] = at % shape.dim(d);
      at /= shape.dim(d);
    }
    return out;
  }
}
