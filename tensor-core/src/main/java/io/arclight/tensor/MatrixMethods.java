package io.arclight.tensor;

import io.arclight.tensor.op.LinearOp;
import io.arclight.tensor.op.MatMulOp;

/** Products of matrices. */
interface MatrixMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Matrix product with the broadcasting rules of {@code torch.matmul}. */
  default Tensor matmul(Tensor other) {
    return MatMulOp.matmul(self(), other);
  }

  /** {@code this weight^T + bias} for this [n, in], weight [out, in], bias [out]. */
  default Tensor linear(Tensor weight, Tensor bias) {
    return Tensor.apply(new LinearOp(), self(), weight, bias);
  }

  /** [n, k] times [k, m]. */
  default Tensor mm(Tensor other) {
    return Tensor.apply(new MatMulOp(), self(), other);
  }

  /** [b, n, k] times [b, k, m]. */
  default Tensor bmm(Tensor other) {
    return Tensor.apply(new MatMulOp(), self(), other);
  }
}
