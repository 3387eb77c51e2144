package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** What layers with a table of vectors share. */
final class Tables {
  private Tables() {}

  static void requireMatrix(Tensor embeddings) {
    if (embeddings.rank() != 2) {
      throw new ShapeException(
          "fromPretrained: expects vectors [n, d], got shape " + embeddings.shape());
    }
  }

  static void clear(Tensor weight, long row) {
    try (Context.Restore mode = Autograd.noGrad()) {
      weight.select(0, row).zeroInPlace();
    }
  }

  static UnsupportedOperationException sparse(String layer) {
    return new UnsupportedOperationException(
        layer
            + ": there are no sparse gradients; leave sparse() out: gradients are dense, summed in"
            + " the order of the indices");
  }
}
