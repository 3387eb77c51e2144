package io.arclight.it.showcase;

import io.arclight.data.TensorDataset;
import io.arclight.tensor.Tensor;

/**
 * Inputs and classes.
 *
 * @param x [n, ...]
 * @param y int64 [n]
 */
record Samples(Tensor x, Tensor y) {
  TensorDataset dataset() {
    return TensorDataset.of("x", x, "y", y);
  }

  /** The first ones. */
  Samples first(long count) {
    return count >= x.dim(0) ? this : new Samples(x.narrow(0, 0, count), y.narrow(0, 0, count));
  }

  /**
   * Those whose class is from {@code low} up to {@code high}, excluded; classes count from 0 then.
   */
  Samples classes(long low, long high) {
    Tensor wanted = y.ge(low).logicalAnd(y.lt(high)).nonzero().squeeze(1);
    return new Samples(x.indexSelect(0, wanted), y.indexSelect(0, wanted).sub(low));
  }
}
