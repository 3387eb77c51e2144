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
    boolean sum = this == SUM || this == AVG;
    if (!numeric && !(sum && dtype.isComplex()) || this == AVG && !dtype.isDifferentiable()) {
      throw new IllegalArgumentException(
          this
              + " of "
              + dtype
              + " is not defined: reductions take floating point, int32 and int64, SUM and AVG complex too,"
              + " and AVG no integers; cast the tensor first");
    }
  }
}
