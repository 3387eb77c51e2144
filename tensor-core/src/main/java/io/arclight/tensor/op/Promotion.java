package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import java.util.List;

/** PyTorch's result_type: tensors with dimensions outrank zero-dimensional ones, then scalars. */
final class Promotion {
  private DType dimensioned;
  private DType zeroDim;
  private DType scalar;

  void tensor(Tensor t) {
    if (t.rank() > 0) {
      dimensioned = dimensioned == null ? t.dtype() : DType.promote(dimensioned, t.dtype());
    } else {
      zeroDim = zeroDim == null ? t.dtype() : DType.promote(zeroDim, t.dtype());
    }
  }

  void scalar(Number n) {
    DType t = Scalars.dtype(n);
    scalar = scalar == null ? t : DType.promote(scalar, t);
  }

  DType result() {
    DType best = dimensioned;
    for (DType lower : java.util.Arrays.asList(zeroDim, scalar)) {
      if (lower != null && (best == null || lower.category().compareTo(best.category()) > 0)) {
        best = lower;
      }
    }
    return best;
  }

  static DType of(List<Tensor> tensors) {
    Promotion p = new Promotion();
    tensors.forEach(p::tensor);
    return p.result();
  }
}
