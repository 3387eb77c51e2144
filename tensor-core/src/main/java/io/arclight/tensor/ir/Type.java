package io.arclight.tensor.ir;

/**
 * Types of values and of buffer elements in the kernel IR.
 *
 * <p>Buffers may hold any type; expressions compute only in {@link #value() value types}. A {@code
 * U8} element is loaded as {@code I32} and stored by truncation; a {@code BOOL} element is one
 * byte, 0 or 1.
 */
public enum Type {
  F64(8),
  F32(4),
  I64(8),
  I32(4),
  U8(1),
  BOOL(1);

  private final int bytes;

  Type(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in memory, in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The type that a loaded element computes in. */
  public Type value() {
    return this == U8 ? I32 : this;
  }

  public boolean isFloat() {
    return this == F64 || this == F32;
  }

  public boolean isInteger() {
    return this == I64 || this == I32 || this == U8;
  }
}
