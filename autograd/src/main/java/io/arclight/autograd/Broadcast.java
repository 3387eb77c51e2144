package io.arclight.autograd;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** Takes a gradient back to the tensor it belongs to: the one place that undoes broadcasting. */
final class Broadcast {
  private Broadcast() {}

  static Tensor undo(Tensor grad, Shape shape, DType dtype, String by) {
    Tensor out = grad.shape().equals(shape) ? grad : sumTo(grad, shape, by);
    if (out.isComplex() && !dtype.isComplex()) {
      // The gradient of a real number is that along the real line.
      out = out.real();
    }
    return out.dtype() == dtype ? out : out.to(dtype);
  }

  private static Tensor sumTo(Tensor grad, Shape shape, String by) {
    int extra = grad.rank() - shape.rank();
    int[] dims = new int[Math.max(0, grad.rank())];
    int count = 0;
    boolean fits = extra >= 0;
    for (int i = 0; fits && i < grad.rank(); i++) {
      long have = grad.dim(i);
      long want = i < extra ? 1 : shape.dim(i - extra);
      if (i < extra || want == 1 && have != 1) {
        dims[count++] = i;
      } else {
        fits = want == have;
      }
    }
    if (!fits) {
      throw new ShapeException(
          by + " gave a gradient of shape " + grad.shape() + " for a tensor of shape " + shape);
    }
    return grad.sum(Dim.of(Arrays.copyOf(dims, count)), Dim.Keep.KEEP).reshape(shape);
  }
}
