package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import java.util.List;

/** PyTorch's result_type: tensors with dimensions outrank zero-dimensional ones, then scalars. */
public final class Promotion {
  private DType dimensioned;
  private DType zeroDim;
  private DType scalar;

  void tensor(Tensor t) {
    if (t.rank() > 0) {
      dimensioned = promote(dimensioned, t.dtype());
    } else {
      zeroDim = promote(zeroDim, t.dtype());
    }
  }

  void scalar(Number n) {
    scalar = promote(scalar, Scalars.dtype(n));
  }

  DType result() {
    return outrank(dimensioned, outrank(zeroDim, scalar));
  }

  private static DType promote(DType a, DType b) {
    return a == null ? b : DType.promote(a, b);
  }

  /** {@code high}, unless {@code low} is of a higher category; null stands for none. */
  private static DType outrank(DType high, DType low) {
    if (high == null || low == null) {
      return high == null ? low : high;
    }
    if (low.isComplex() && high.isFloatingPoint()) {
      return high.toComplex();
    }
    return DType.canCast(low, high) ? high : DType.promote(high, low);
  }

  /** Of tensors and numbers as they stand in a call. */
  public static DType of(List<Tensor> tensors, Number... numbers) {
    Promotion p = new Promotion();
    tensors.forEach(p::tensor);
    for (Number n : numbers) {
      p.scalar(n);
    }
    return p.result();
  }
}
