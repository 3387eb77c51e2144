package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import java.util.EnumSet;
import java.util.Set;

/** The sets of dtypes that the table of operations speaks of: real ones. */
final class DTypes {
  private static final EnumSet<DType> COMPLEX =
      EnumSet.of(DType.COMPLEX64, DType.COMPLEX128);
  static final Set<DType> FLOATS =
      EnumSet.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64);
  static final Set<DType> ALL = EnumSet.complementOf(COMPLEX);
  static final Set<DType> NUMBERS = EnumSet.complementOf(EnumSet.of(DType.BOOL, DType.COMPLEX64, DType.COMPLEX128));

  /** What LAPACK computes in. */
  static final Set<DType> LAPACK = EnumSet.of(DType.FLOAT32, DType.FLOAT64);

  private DTypes() {}

  /** {@code dtypes} and the complex ones. */
  static Set<DType> andComplex(Set<DType> dtypes) {
    EnumSet<DType> out = EnumSet.copyOf(dtypes);
    out.addAll(COMPLEX);
    return out;
  }
}
