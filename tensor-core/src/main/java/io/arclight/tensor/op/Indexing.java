package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;

/**
 * What operations with index tensors share: a tensor seen as [outer, n, inner] around a dimension.
 */
final class Indexing {
  private Indexing() {}

  static void requireIndex(String op, Tensor index) {
    if (index.dtype() != DType.INT64 && index.dtype() != DType.INT32) {
      throw new DTypeException(op + ": the index must be int64 or int32, not " + index.dtype());
    }
  }

  static void requireRank(String op, Tensor index, int rank) {
    if (index.rank() != rank) {
      throw new ShapeException(
          op + ": the index must have " + rank + " dimensions, got shape " + index.shape());
    }
  }

  static long outer(Tensor t, int dim) {
    long n = 1;
    for (int i = 0; i < dim; i++) {
      n *= t.dim(i);
    }
    return n;
  }

  static long inner(Tensor t, int dim) {
    long n = 1;
    for (int i = dim + 1; i < t.rank(); i++) {
      n *= t.dim(i);
    }
    return n;
  }

  /** {@code index} if it is in [0, n); else an error and 0. As in PyTorch none counts backwards. */
  static Expr checked(RowKernel k, int buffer, Expr at, Expr n) {
    Expr index = k.at(buffer, at, Type.I64);
    Expr ok = and(ge(index, int64(0)), lt(index, n));
    return new Expr.Check(ok, ErrorCode.INDEX_OUT_OF_RANGE, index, index, int64(0));
  }
}
