package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * A tensor seen as [outer, indexed dimensions, inner]; strides are in elements. Indexed dimensions
 * with others between them come first, as in PyTorch.
 *
 * @param dims the indexed dimensions
 */
record IndexPlan(
    int[] dims,
    long[] sizes,
    long[] strides,
    long outer,
    long outerStride,
    long inner,
    long innerStride) {

  /** The plan for a layout, or null where the dimensions around the indexed ones do not merge. */
  static IndexPlan of(Layout x, int[] dims) {
    int first = position(dims);
    long[] outer = merge(x, 0, first, dims);
    long[] inner = merge(x, first, x.shape().rank(), dims);
    if (outer == null || inner == null) {
      return null;
    }
    long[] sizes = new long[dims.length];
    long[] strides = new long[dims.length];
    for (int k = 0; k < dims.length; k++) {
      sizes[k] = x.shape().dim(dims[k]);
      strides[k] = x.strides()[dims[k]];
    }
    return new IndexPlan(dims, sizes, strides, outer[0], outer[1], inner[0], inner[1]);
  }

  /** Where the picks' dimensions stand in the result: at the indexed ones if these are adjacent. */
  static int position(int[] dims) {
    return adjacent(dims) ? dims[0] : 0;
  }

  static boolean adjacent(int[] dims) {
    return dims[dims.length - 1] - dims[0] == dims.length - 1;
  }

  private static long[] merge(Layout x, int from, int to, int[] without) {
    long size = 1;
    long stride = 1;
    for (int d = to - 1; d >= from; d--) {
      long n = x.shape().dim(d);
      if (n == 1 || Arrays.binarySearch(without, d) >= 0) {
        continue;
      }
      if (size == 1) {
        stride = x.strides()[d];
      } else if (x.strides()[d] != stride * size) {
        return null;
      }
      size *= n;
    }
    return new long[] {size, stride};
  }

  static Shape result(Shape x, int[] dims, Shape picks) {
    int at = position(dims);
    long[] out = new long[x.rank() - dims.length + picks.rank()];
    int next = 0;
    for (int d = 0; d <= x.rank(); d++) {
      if (d == at) {
        for (int p = 0; p < picks.rank(); p++) {
          out[next++] = picks.dim(p);
        }
      }
      if (d < x.rank() && Arrays.binarySearch(dims, d) < 0) {
        out[next++] = x.dim(d);
      }
    }
    return Shape.of(out);
  }

  /**
   * The shape of what indices of shape {@code picks} pick.
   *
   * @throws ShapeException if a dimension to pick from has no elements
   */
  static Shape result(String op, Shape x, int[] dims, Shape picks) {
    for (int d : dims) {
      if (x.dim(d) == 0 && picks.elements() > 0) {
        throw new ShapeException(
            op + ": dimension " + d + " of shape " + x + " has no elements to index");
      }
    }
    return result(x, dims, picks);
  }

  /** A view of {@code x} with the indexed dimensions first, in order. */
  static Tensor indexedFirst(Tensor x, int[] dims) {
    int[] order = new int[x.rank()];
    int at = dims.length;
    for (int d = 0; d < order.length; d++) {
      int k = Arrays.binarySearch(dims, d);
      if (k >= 0) {
        order[k] = d;
      } else {
        order[at++] = d;
      }
    }
    return x.withLayout(x.layout().permute(order));
  }
}
