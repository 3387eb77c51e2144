package io.arclight.tensor;

import io.arclight.tensor.ir.Type;
import io.arclight.tensor.op.Promotion;
import java.util.List;

/** Element types of tensors, named as PyTorch's. */
public enum DType {
  BOOL("bool", Type.BOOL, Category.BOOL),
  UINT8("uint8", Type.U8, Category.INTEGRAL),
  INT8("int8", Type.I8, Category.INTEGRAL),
  INT16("int16", Type.I16, Category.INTEGRAL),
  INT32("int32", Type.I32, Category.INTEGRAL),
  INT64("int64", Type.I64, Category.INTEGRAL),
  FLOAT16("float16", Type.F16, Category.FLOATING),
  BFLOAT16("bfloat16", Type.BF16, Category.FLOATING),
  FLOAT32("float32", Type.F32, Category.FLOATING),
  FLOAT64("float64", Type.F64, Category.FLOATING),
  /** Pairs of float32, real part first. */
  COMPLEX64("complex64", Type.F32, Category.COMPLEX),
  /** Pairs of float64, real part first. */
  COMPLEX128("complex128", Type.F64, Category.COMPLEX);

  /** Type categories of PyTorch's promotion rules, lowest first. */
  public enum Category {
    BOOL,
    INTEGRAL,
    FLOATING,
    COMPLEX
  }

  private static volatile DType standard = FLOAT32;

  private final String label;
  private final Type type;
  private final Category category;

  DType(String label, Type type, Category category) {
    this.label = label;
    this.type = type;
    this.category = category;
  }

  /** Bytes of one element. */
  public int bytes() {
    return isComplex() ? 2 * type.bytes() : type.bytes();
  }

  /**
   * The type of this dtype's elements in kernels.
   *
   * @throws DTypeException for complex ones, which kernels see as pairs of {@link #toReal()}
   */
  public Type type() {
    if (isComplex()) {
      throw new DTypeException(
          "not defined for " + this + ": use abs(), real() and imag(), or viewAsReal()");
    }
    return type;
  }

  /** What kind of numbers these are. */
  public Category category() {
    return category;
  }

  /** Whether this is float64, float32 or a half. */
  public boolean isFloatingPoint() {
    return category == Category.FLOATING;
  }

  /** Whether elements have an imaginary part. */
  public boolean isComplex() {
    return category == Category.COMPLEX;
  }

  /** Whether tensors can require gradients. */
  public boolean isDifferentiable() {
    return category.compareTo(Category.FLOATING) >= 0;
  }

  /** The dtype of a complex number's parts; itself where this is real. */
  public DType toReal() {
    return switch (this) {
      case COMPLEX64 -> FLOAT32;
      case COMPLEX128 -> FLOAT64;
      default -> this;
    };
  }

  /** The complex dtype whose parts hold this one's numbers: complex64 unless that is too narrow. */
  public DType toComplex() {
    return this == FLOAT64 || this == COMPLEX128 ? COMPLEX128 : COMPLEX64;
  }

  /** Whether elements are integers, which bool is not. */
  public boolean isInteger() {
    return category == Category.INTEGRAL;
  }

  /** What sums and other intermediate values of this dtype are kept in: float32 for the halves. */
  public DType accumulator() {
    return isHalf() ? FLOAT32 : this;
  }

  private boolean isHalf() {
    return this == FLOAT16 || this == BFLOAT16;
  }

  /** The dtype that {@code a} and {@code b} promote to, as {@code torch.promote_types}. */
  public static DType promote(DType a, DType b) {
    if (a == b) {
      return a;
    }
    DType high = a.ordinal() > b.ordinal() ? a : b;
    DType low = high == a ? b : a;
    // The two pairs of which neither holds the other.
    if (low == UINT8 && high == INT8) {
      return INT16;
    }
    if (low == FLOAT16 && high == BFLOAT16) {
      return FLOAT32;
    }
    if (low == FLOAT64 && high == COMPLEX64) {
      return COMPLEX128;
    }
    return high;
  }

  /**
   * The dtype that an operation computes in, as {@code torch.result_type}: tensors with dimensions
   * outrank those without, unless these are of a higher category.
   *
   * @param tensors at least one
   */
  public static DType resultType(Tensor... tensors) {
    if (tensors.length == 0) {
      throw new DTypeException("resultType: there are no tensors: give at least one");
    }
    return Promotion.of(List.of(tensors));
  }

  /** As {@link #resultType(Tensor...)}, of a tensor and a number, which all tensors outrank. */
  public static DType resultType(Tensor tensor, Number number) {
    return Promotion.of(List.of(tensor), number);
  }

  /**
   * Whether values may be converted from {@code from} to {@code to} implicitly, as {@code
   * torch.can_cast}: within a category and to a higher one.
   */
  public static boolean canCast(DType from, DType to) {
    return from.category.compareTo(to.category) <= 0;
  }

  /** The dtype of what is created from real numbers, and of quotients of integers: float32. */
  public static DType defaultDType() {
    return standard;
  }

  /**
   * Makes {@code dtype} the default of the process, as {@code torch.set_default_dtype}.
   *
   * @throws DTypeException unless it is floating-point
   */
  public static void defaultDType(DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new DTypeException(
          "the default dtype must be floating-point, not " + dtype + ": use FLOAT32 or FLOAT64");
    }
    standard = dtype;
  }

  /**
   * The limits of a floating-point dtype.
   *
   * @throws DTypeException for other dtypes
   */
  public FloatInfo finfo() {
    return FloatInfo.of(this);
  }

  /**
   * The limits of an integer dtype.
   *
   * @throws DTypeException for other dtypes
   */
  public IntegerInfo iinfo() {
    return IntegerInfo.of(this);
  }

  /** The dtype of a name as printed, such as {@code float32}. */
  public static DType of(String name) {
    for (DType t : values()) {
      if (t.label.equals(name)) {
        return t;
      }
    }
    throw new IllegalArgumentException("unknown dtype '" + name + "'");
  }

  @Override
  public String toString() {
    return label;
  }
}
