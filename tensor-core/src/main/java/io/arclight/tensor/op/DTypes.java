package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import java.util.EnumSet;
import java.util.Set;

/** The sets of dtypes that the table of operations speaks of. */
final class DTypes {
  static final Set<DType> FLOATS = EnumSet.of(DType.FLOAT32, DType.FLOAT64);
  static final Set<DType> ALL = EnumSet.allOf(DType.class);
  static final Set<DType> NUMBERS = EnumSet.complementOf(EnumSet.of(DType.BOOL));
  static final Set<DType> MATRIX =
      EnumSet.of(DType.FLOAT32, DType.FLOAT64, DType.INT64, DType.INT32);

  /** What LAPACK computes in. */
  static final Set<DType> LAPACK = FLOATS;

  private DTypes() {}
}
