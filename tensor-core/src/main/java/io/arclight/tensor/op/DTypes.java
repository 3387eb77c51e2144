package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import java.util.EnumSet;
import java.util.Set;

/** The sets of dtypes that the table of operations speaks of. */
final class DTypes {
  static final Set<DType> FLOATS =
      EnumSet.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64);
  static final Set<DType> ALL = EnumSet.allOf(DType.class);
  static final Set<DType> NUMBERS = EnumSet.complementOf(EnumSet.of(DType.BOOL));

  private DTypes() {}
}
