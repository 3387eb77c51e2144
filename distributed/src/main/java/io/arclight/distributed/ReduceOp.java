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
    boolean numeric = dtype.isFloatingPoint() || dtype == DType.INT32 || dtype == DType.INT64;
    if (!numeric || this == AVG && !dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(
          this
              + " of "
              + dtype
              + " is not defined: reductions take floating point, int32 and int64, and AVG only"
              + " floating point; cast the tensor first");
    }
  }
}
