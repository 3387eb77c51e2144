package io.arclight.distributed;

import io.arclight.tensor.DType;

/** How the values of all ranks become one, named as {@code torch.distributed.ReduceOp}. */
public enum ReduceOp {
  SUM,
  MAX,
  MIN,
  /** The sum divided by the number of ranks; floating point only. */
  AVG;

  void check(DType dtype) {
    boolean numeric = dtype != DType.BOOL && dtype != DType.UINT8;
    if (!numeric || this == AVG && !dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(
          this
              + " of "
              + dtype
              + " is not defined: reductions take float32, float64, int32, int64, and AVG only"
              + " floating point; cast the tensor first");
    }
  }
}
