package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * How kernels go over a tensor [n, channels, places...] without a copy, be its channels before the
 * places or last in memory. Memory is [batch, outer, width] with numbers for every column, or
 * [batch, outer, channels, inner] with numbers for every plane of {@code inner} elements.
 *
 * @param last whether memory is [n, places..., channels]
 * @param batch sets of numbers: n where every sample has its own, else 1
 * @param repeats channels repeat so often in a row of columns
 */
record ChannelView(
    Form form, boolean last, long batch, long outer, long repeats, long channels, long inner) {
  enum Form {
    /** A row is the plane of a channel. */
    PLANES,
    /** A row is {@code repeats * channels * inner} columns, and vectors run across them. */
    COLUMNS
  }

  /** For whom numbers stand. */
  enum Scope {
    CHANNEL,
    CHANNEL_OF_SAMPLE
  }

  /** Elements of a plane below which vectors run across planes. */
  private static final long SHORT = 64;

  /** Elements of a row of columns from which it is long enough. */
  private static final long LONG = 256;

  static ChannelView of(Tensor x, Scope scope) {
    boolean last = isLast(x);
    long n = x.dim(0);
    long places = x.elements() / Math.max(1, n * x.dim(1));
    long batch = scope == Scope.CHANNEL ? 1 : n;
    long outer = (scope == Scope.CHANNEL ? n : 1) * (last ? places : 1);
    return of(last, batch, outer, x.dim(1), last ? 1 : places);
  }

  /** Of dense memory [batch, outer, channels, inner]. */
  static ChannelView of(boolean last, long batch, long outer, long channels, long inner) {
    if (inner >= SHORT || inner > 1 && outer == 1) {
      return new ChannelView(Form.PLANES, last, batch, outer, 1, channels, inner);
    }
    long repeats = 1;
    while (outer > 0 && outer % 2 == 0 && repeats * channels * inner < LONG) {
      repeats *= 2;
      outer /= 2;
    }
    return new ChannelView(Form.COLUMNS, last, batch, outer, repeats, channels, inner);
  }

  /** Whether the channels of [n, channels, places...] are last in memory and only there. */
  static boolean isLast(Tensor x) {
    return x.rank() > 2 && !x.isContiguous() && x.layout().permute(lastOrder(x)).contiguous();
  }

  /** The order of dimensions with the channels last. */
  private static int[] lastOrder(Tensor x) {
    int[] order = new int[x.rank()];
    for (int i = 1; i < order.length; i++) {
      order[i] = i + 1;
    }
    order[order.length - 1] = 1;
    return order;
  }

  /** {@code x} with dense memory in this order. */
  Tensor dense(Tensor x) {
    return dense(x, last);
  }

  static Tensor dense(Tensor x, boolean last) {
    return last ? x.withLayout(x.layout().permute(lastOrder(x))).contiguous() : x.contiguous();
  }

  /** A result of a shape [n, channels, places...] with memory in this order. */
  static Tensor allocate(String by, Spec spec, boolean last) {
    Shape shape = spec.shape();
    if (!last) {
      return Tensor.allocate(by, shape, spec.dtype(), spec.device());
    }
    int rank = shape.rank();
    long[] dims = new long[rank];
    int[] back = new int[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = i == 0 ? shape.dim(0) : i == rank - 1 ? shape.dim(1) : shape.dim(i + 1);
      back[i] = i == 0 ? 0 : i == 1 ? rank - 1 : i - 1;
    }
    Tensor dense = Tensor.allocate(by, Shape.of(dims), spec.dtype(), spec.device());
    Layout layout = dense.layout().permute(back);
    return dense.withLayout(layout);
  }

  Tensor allocate(String by, Spec spec) {
    return allocate(by, spec, last);
  }

  long width() {
    return repeats * channels * inner;
  }

  /** Elements that the numbers of a channel are made of. */
  long count() {
    return outer * repeats * inner;
  }

  /** A number for each channel [batch, channels] as a kernel of this form reads it. */
  Tensor table(Tensor numbers) {
    if (form == Form.PLANES || repeats * inner == 1) {
      return numbers.contiguous();
    }
    return numbers
        .reshape(batch, 1, channels, 1)
        .expand(Shape.of(batch, repeats, channels, inner))
        .contiguous();
  }
}
