package io.arclight.tensor;

/** Out to the host, as Java values. */
interface HostMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** The value of a one-element tensor, as {@link Tensor#item()}, without going through double. */
  default long itemLong() {
    HostArrays.requireOne(self());
    return Tensors.toLongs(self())[0];
  }

  /** Whether the element of a one-element tensor is not zero. */
  default boolean itemBoolean() {
    HostArrays.requireOne(self());
    return toBooleans()[0];
  }

  /** As {@link #itemBoolean()}, by PyTorch's name. */
  default boolean isNonzero() {
    return itemBoolean();
  }

  /** Elements in row-major order; floating-point ones are truncated, others wrapped. */
  default int[] toInts() {
    return (int[]) HostArrays.flat(self(), DType.INT32);
  }

  /** Whether elements are not zero, in row-major order. */
  default boolean[] toBooleans() {
    return (boolean[]) HostArrays.flat(self(), DType.BOOL);
  }

  /**
   * A Java array of this rank: {@code float[][]} for a float32 matrix, and so on. Halves become
   * float, uint8 short; without dimensions it is a number or Boolean.
   */
  default Object toArray() {
    return HostArrays.toArray(self());
  }

  /** Nested lists of numbers or Booleans; without dimensions one of these itself. */
  default Object toList() {
    return HostArrays.toList(self());
  }

  /** Writes the elements in row-major order into a buffer of their type, from its position on. */
  default void copyTo(java.nio.Buffer buffer) {
    HostBuffers.copyTo(self(), buffer);
  }
}
