package io.arclight.tensor.ir;

/**
 * Types of values and of buffer elements in the kernel IR.
 *
 * <p>Buffers may hold any type; expressions compute only in {@link #value() value types}. An
 * integer element of less than four bytes is loaded as {@code I32} and stored by truncation; a
 * {@code F16} (IEEE 754 half) or {@code BF16} element is loaded as {@code F32}, exactly, and stored
 * rounded half to even; a {@code BOOL} element is one byte, 0 or 1.
 */
public enum Type {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
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
    return switch (this) {
      case F16, BF16 -> F32;
      case I16, I8, U8 -> I32;
      case F64, F32, I64, I32, BOOL -> this;
    };
  }

  /** Whether elements are floating-point numbers of two bytes. */
  public boolean isHalf() {
    return this == F16 || this == BF16;
  }

  public boolean isFloat() {
    return value() == F64 || value() == F32;
  }

  public boolean isInteger() {
    return value() == I64 || value() == I32;
  }

  /** Smallest value of an integer type. */
  public long least() {
    return this == U8 ? 0 : Long.MIN_VALUE >> (64 - 8 * bytes);
  }

  /** Largest value of an integer type. */
  public long greatest() {
    return this == U8 ? 255 : Long.MAX_VALUE >> (64 - 8 * bytes);
  }
}
