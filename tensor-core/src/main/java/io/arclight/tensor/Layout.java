package io.arclight.tensor;

import java.util.Arrays;

/**
 * How a tensor's indices map to elements of its storage.
 *
 * @param strides steps in elements by dimension; 0 repeats
 * @param offset of the first element, in elements
 */
public record Layout(Shape shape, long[] strides, long offset, boolean contiguous) {

  /** Any layout of these strides. */
  public Layout(Shape shape, long[] strides, long offset) {
    this(shape, strides, offset, isContiguous(shape, strides));
  }

  /** Row-major from the first element on. */
  public static Layout contiguous(Shape shape) {
    return shape.dense();
  }

  static long[] rowMajor(Shape shape) {
    long[] strides = new long[shape.rank()];
    long step = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(1, shape.dim(i));
    }
    return strides;
  }

  private static boolean isContiguous(Shape shape, long[] strides) {
    if (shape.elements() == 0) {
      return true;
    }
    long step = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      if (shape.dim(i) != 1) {
        if (strides[i] != step) {
          return false;
        }
        step *= shape.dim(i);
      }
    }
    return true;
  }

  /** The layout of the same elements in another shape, or null where only a copy can give it. */
  public Layout reshape(Shape target) {
    if (contiguous) {
      return new Layout(target, rowMajor(target), offset, true);
    }
    // Old dimensions are consumed in runs whose strides allow merging, new ones split each run.
    long[] next = new long[target.rank()];
    int j = target.rank() - 1;
    int i = shape.rank() - 1;
    while (i >= 0) {
      long run = shape.dim(i);
      long step = strides[i];
      int k = i - 1;
      while (k >= 0 && (shape.dim(k) == 1 || strides[k] == step * run)) {
        run *= shape.dim(k--);
      }
      long rest = run;
      long stride = step;
      while (j >= 0 && rest > 1 || j >= 0 && target.dim(j) == 1) {
        long d = target.dim(j);
        if (rest % d != 0) {
          return null;
        }
        next[j--] = stride;
        stride *= d;
        rest /= d;
      }
      if (rest != 1) {
        return null;
      }
      i = k;
    }
    while (j >= 0) {
      if (target.dim(j) != 1) {
        return null;
      }
      next[j--] = 1;
    }
    return new Layout(target, next, offset);
  }

  /** With dimension {@code order[i]} as dimension i. */
  public Layout permute(int[] order) {
    long[] dims = new long[order.length];
    long[] steps = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      dims[i] = shape.dim(order[i]);
      steps[i] = strides[order[i]];
    }
    return new Layout(Shape.of(dims), steps, offset);
  }

  /** Strides for reading these elements as if broadcast to {@code target}. */
  public Layout expand(Shape target) {
    long[] steps = new long[target.rank()];
    int shift = target.rank() - shape.rank();
    for (int i = 0; i < shape.rank(); i++) {
      boolean repeats = shape.dim(i) == 1 && target.dim(i + shift) != 1;
      steps[i + shift] = repeats ? 0 : strides[i];
    }
    return new Layout(target, steps, offset);
  }

  /**
   * The dense layout of {@code shape} that a result of elementwise {@code operands} has: dimensions
   * lie in the order of the first operand of that shape, so that channels-last stays channels-last.
   */
  public static Layout preserving(Shape shape, Tensor... operands) {
    for (Tensor t : operands) {
      if (t.shape().equals(shape)) {
        return t.layout().dense();
      }
    }
    return contiguous(shape);
  }

  /** Without gaps, the dimensions in this order in memory; row-major where elements repeat. */
  public Layout dense() {
    return ordered(shape);
  }

  /** As {@link #dense()}, of another shape of as many dimensions. */
  public Layout ordered(Shape of) {
    if (contiguous) {
      return contiguous(of);
    }
    int[] order = order();
    long[] steps = rowMajor(of);
    long step = 1;
    for (int i = order.length - 1; i >= 0; i--) {
      int d = order[i];
      if (shape.dim(d) > 1 && strides[d] == 0) {
        return contiguous(of);
      }
      if (of.dim(d) > 1) {
        steps[d] = step;
        step *= of.dim(d);
      }
    }
    return new Layout(of, steps, 0);
  }

  /** Whether elements lie without gaps, each at a place of its own, in some order. */
  public boolean isDense() {
    return contiguous || Arrays.equals(strides, dense().strides);
  }

  /** Dimensions from the widest stride to the narrowest; as they come where equal. */
  public int[] order() {
    int[] order = new int[strides.length];
    for (int i = 0; i < order.length; i++) {
      int at = i;
      while (at > 0 && Math.abs(strides[order[at - 1]]) < Math.abs(strides[i])) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = i;
    }
    return order;
  }

  /** Whether another layout puts the same elements at the same places. */
  public boolean samePlaces(Layout other) {
    return offset == other.offset
        && shape.equals(other.shape)
        && Arrays.equals(strides, other.strides);
  }
}
