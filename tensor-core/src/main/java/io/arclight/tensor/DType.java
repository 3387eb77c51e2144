package io.arclight.tensor;

import io.arclight.tensor.ir.Type;

/** Element types of tensors, named as PyTorch's. Order is promotion order within a category. */
public enum DType {
  BOOL("bool", Type.BOOL, Category.BOOL),
  UINT8("uint8", Type.U8, Category.INTEGRAL),
  INT32("int32", Type.I32, Category.INTEGRAL),
  INT64("int64", Type.I64, Category.INTEGRAL),
  FLOAT32("float32", Type.F32, Category.FLOATING),
  FLOAT64("float64", Type.F64, Category.FLOATING);

  /** Type categories of PyTorch's promotion rules, lowest first. */
  public enum Category {
    BOOL,
    INTEGRAL,
    FLOATING
  }

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
    return type.bytes();
  }

  /** The type of this dtype's elements in kernels. */
  public Type type() {
    return type;
  }

  public Category category() {
    return category;
  }

  public boolean isFloatingPoint() {
    return category == Category.FLOATING;
  }

  public boolean isInteger() {
    return category == Category.INTEGRAL;
  }

  /** The dtype that {@code a} and {@code b} promote to, as {@code torch.promote_types}. */
  public static DType promote(DType a, DType b) {
    return a.ordinal() >= b.ordinal() ? a : b;
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
