package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * Complex tensors as real ones of the same memory, whose last dimension is the pair of real and
 * imaginary part. Outside of any graph.
 */
final class Pairs {
  private Pairs() {}

  /** The layout of the numbers of complex elements at {@code at}, in real numbers. */
  static Layout split(Layout at) {
    int rank = at.shape().rank();
    long[] dims = Arrays.copyOf(at.shape().toArray(), rank + 1);
    long[] strides = new long[rank + 1];
    for (int d = 0; d < rank; d++) {
      strides[d] = 2 * at.strides()[d];
    }
    dims[rank] = 2;
    strides[rank] = 1;
    return new Layout(Shape.of(dims), strides, 2 * at.offset());
  }

  /**
   * The layout of complex elements whose parts lie at {@code at}; null unless they lie in pairs.
   */
  static Layout join(Layout at) {
    int last = at.shape().rank() - 1;
    boolean fits = last >= 0 && at.shape().dim(last) == 2 && at.strides()[last] == 1;
    fits &= at.offset() % 2 == 0;
    long[] strides = new long[Math.max(0, last)];
    for (int d = 0; d < last; d++) {
      fits &= at.strides()[d] % 2 == 0 || at.shape().dim(d) <= 1;
      strides[d] = at.strides()[d] / 2;
    }
    return fits
        ? new Layout(Shape.of(Arrays.copyOf(at.shape().toArray(), last)), strides, at.offset() / 2)
        : null;
  }

  /** A complex tensor's pairs, [..., 2]; a real tensor itself. */
  static Tensor of(Tensor t) {
    return t.dtype().isComplex() ? t.withLayout(split(t.layout()), t.dtype().toReal()) : t;
  }

  /**
   * The complex tensor of {@code pairs}: their memory, or a copy where they do not lie in pairs.
   */
  static Tensor joined(Tensor pairs) {
    Layout layout = join(pairs.layout());
    if (layout == null) {
      Tensor dense = Tensor.allocate("complex", pairs.shape(), pairs.dtype(), pairs.device());
      Pointwise.SECOND.evalInto(dense, dense, pairs);
      return joined(dense);
    }
    return pairs.withLayout(layout, pairs.dtype().toComplex());
  }

  /** The real (0) or imaginary (1) parts of a complex tensor. */
  static Tensor part(Tensor t, int part) {
    Tensor pairs = of(t);
    return pairs.withLayout(new ViewOp.Select(t.rank(), part).layout(pairs.layout()));
  }

  /** An index tensor for pairs of what it was for. */
  static Tensor index(Tensor index) {
    int rank = index.rank();
    long[] dims = Arrays.copyOf(index.shape().toArray(), rank + 1);
    dims[rank] = 2;
    // The new dimension repeats.
    long[] strides = Arrays.copyOf(index.strides(), rank + 1);
    return index.withLayout(new Layout(Shape.of(dims), strides, index.layout().offset()));
  }

  /** What {@code onPairs}, an operation of one output, makes of the pairs of the inputs. */
  static Tensor[] eval(Op onPairs, Tensor... in) {
    Tensor[] pairs = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      pairs[i] = of(in[i].detach());
    }
    Tensor out = onPairs.eval(onPairs.infer(pairs), pairs)[0];
    return new Tensor[] {joined(out)};
  }
}
