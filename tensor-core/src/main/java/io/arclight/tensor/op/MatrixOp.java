package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;

/** An operation on matrices [..., m, n], for which a batch axis is one more dimension before. */
interface MatrixOp extends Op {
  @Override
  default Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(this, Batching.batched(size, batched, in));
  }
}
