package io.arclight.nn;

import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** Softmax over the channels of images, [n, c, h, w] or [c, h, w]. */
public final class Softmax2d extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    if (input.rank() != 3 && input.rank() != 4) {
      throw new ShapeException(
          "Softmax2d: expects [n, c, h, w] or [c, h, w], got shape " + input.shape());
    }
    return input.softmax(-3);
  }
}
