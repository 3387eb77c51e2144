package io.arclight.tensor.op;

import io.arclight.tensor.Combine;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;

/** What can be said of the places that a layout reaches. */
final class Strides {
  private Strides() {}

  /** Whether several indices may reach one element. */
  static boolean overlap(Layout layout) {
    Shape shape = layout.shape();
    if (layout.contiguous()) {
      return false;
    }
    Integer[] order = new Integer[shape.rank()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(d -> Math.abs(layout.strides()[d])));
    long reach = 0;
    for (int d : order) {
      if (shape.dim(d) > 1) {
        long stride = Math.abs(layout.strides()[d]);
        if (stride <= reach) {
          return true;
        }
        reach += stride * (shape.dim(d) - 1);
      }
    }
    return false;
  }

  /** The distance of the last element reached from the first; -1 where there is none. */
  static long reach(Layout layout) {
    long reach = layout.shape().elements() == 0 ? -1 : 0;
    for (int d = 0; reach >= 0 && d < layout.shape().rank(); d++) {
      reach += layout.strides()[d] * (layout.shape().dim(d) - 1);
    }
    return reach;
  }

  /** int64 [elements]: the place of each element, in row-major order. */
  static Tensor places(Layout layout, Device device) {
    Shape shape = layout.shape();
    Tensor sum = Tensor.full(shape, layout.offset(), DType.INT64, device);
    for (int d = 0; d < shape.rank(); d++) {
      long[] dims = new long[shape.rank() - d];
      Arrays.fill(dims, 1);
      dims[0] = shape.dim(d);
      Tensor steps = Tensor.arange(0, shape.dim(d), 1, DType.INT64, device).reshape(dims);
      sum = sum.add(steps.mul(layout.strides()[d]));
    }
    return sum.reshape(shape.elements());
  }

  /** {@code memory}, of one dimension, with {@code values} added where {@code layout} looks. */
  static Tensor add(Tensor memory, Layout layout, Tensor values) {
    return Tensor.apply(
        new IndexPutOp(Dim.of(0), Bounds.STRICT, Combine.SUM),
        memory,
        values.reshape(values.elements()),
        places(layout, memory.device()));
  }
}
