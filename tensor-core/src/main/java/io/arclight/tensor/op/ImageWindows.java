package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** The positions of a kernel on images [n, c, height, width]; zeros lie around them. */
record ImageWindows(Shape kernel, Shape stride, Shape padding, Shape dilation) {

  void check(String op) {
    for (Shape s : new Shape[] {kernel, stride, padding, dilation}) {
      if (s.rank() != 2) {
        throw new ShapeException(
            "%s: kernel %s, stride %s, padding %s and dilation %s must have two numbers each"
                .formatted(op, kernel, stride, padding, dilation));
      }
    }
    for (int i = 0; i < 2; i++) {
      if (kernel.dim(i) < 1 || stride.dim(i) < 1 || dilation.dim(i) < 1) {
        throw new ShapeException(
            "%s: kernel %s, stride %s and dilation %s must be positive"
                .formatted(op, kernel, stride, dilation));
      }
    }
  }

  /** How often the kernel fits, by dimension. */
  long[] positions(String op, long height, long width) {
    long[] sizes = {height, width};
    long[] out = new long[2];
    for (int i = 0; i < 2; i++) {
      long padded = sizes[i] + 2 * padding.dim(i);
      long reach = dilation.dim(i) * (kernel.dim(i) - 1) + 1;
      if (reach > padded) {
        throw new ShapeException(
            "%s: the kernel reaches over %d elements, more than the %d of the padded image (sizes %d x %d, kernel %s, padding %s, dilation %s)"
                .formatted(op, reach, padded, height, width, kernel, padding, dilation));
      }
      out[i] = (padded - reach) / stride.dim(i) + 1;
    }
    return out;
  }

  /** Zeros [n, c, height, width] with the padding around them. */
  Tensor zeros(Tensor like, long n, long c, long height, long width) {
    Shape shape = Shape.of(n, c, height + 2 * padding.dim(0), width + 2 * padding.dim(1));
    return Tensor.zeros(shape, like.dtype(), like.device());
  }

  /** The image inside of its padding. */
  Tensor inside(Tensor padded) {
    Layout layout = padded.layout();
    for (int i = 0; i < 2; i++) {
      long p = padding.dim(i);
      layout = new ViewOp.Slice(i + 2, p, layout.shape().dim(i + 2) - p, 1).layout(layout);
    }
    return padded.withLayout(layout);
  }

  /** What element (i, j) of the kernel sees of a padded image at all positions. */
  Tensor seen(Tensor padded, long i, long j, long[] positions) {
    long[] s = padded.strides();
    return padded.withLayout(
        new Layout(
            Shape.of(padded.dim(0), padded.dim(1), positions[0], positions[1]),
            new long[] {s[0], s[1], s[2] * stride.dim(0), s[3] * stride.dim(1)},
            padded.layout().offset() + i * dilation.dim(0) * s[2] + j * dilation.dim(1) * s[3]));
  }

  /** All that is seen: [n, c, kernel, kernel, positions, positions]. */
  Tensor seen(Tensor padded, long[] positions) {
    long[] s = padded.strides();
    return padded.withLayout(
        new Layout(
            Shape.of(
                padded.dim(0),
                padded.dim(1),
                kernel.dim(0),
                kernel.dim(1),
                positions[0],
                positions[1]),
            new long[] {
              s[0],
              s[1],
              s[2] * dilation.dim(0),
              s[3] * dilation.dim(1),
              s[2] * stride.dim(0),
              s[3] * stride.dim(1)
            },
            padded.layout().offset()));
  }
}
