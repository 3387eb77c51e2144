package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The sets of dtypes that the table of operations speaks of: real ones. */
final class DTypes {
  static final Set<DType> FLOATS =
      EnumSet.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64);

  /** Those whose kernels compute in the dtype itself. */
  static final Set<DType> PRECISE = EnumSet.of(DType.FLOAT32, DType.FLOAT64);

  static final Set<DType> ALL = where(t -> !t.isComplex());
  static final Set<DType> NUMBERS = where(t -> !t.isComplex() && t != DType.BOOL);
  static final Set<DType> INTEGERS = where(DType::isInteger);
  static final Set<DType> BITS = where(t -> t.isInteger() || t == DType.BOOL);

  /** What LAPACK computes in. */
  static final Set<DType> LAPACK = EnumSet.of(DType.FLOAT32, DType.FLOAT64);

  private DTypes() {}

  /** {@code dtypes} and the complex ones. */
  static Set<DType> andComplex(Set<DType> dtypes) {
    EnumSet<DType> out = EnumSet.copyOf(dtypes);
    out.addAll(where(DType::isComplex));
    return out;
  }

  private static Set<DType> where(Predicate<DType> property) {
    return Arrays.stream(DType.values())
        .filter(property)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(DType.class)));
  }
}
