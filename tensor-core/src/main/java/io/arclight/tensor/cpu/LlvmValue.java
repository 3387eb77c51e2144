package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.Type;

/**
 * A value in LLVM text, over the lanes of the current vector.
 *
 * @param lanes 1 if all lanes have the same value, which {@code text} is; else the vector's lanes
 * @param stride null, or what each lane adds to the one before it: then {@code text} is lane 0's
 *     value, a scalar
 */
record LlvmValue(Type type, int lanes, String text, String stride) {
  static LlvmValue uniform(Type type, String text) {
    return new LlvmValue(type, 1, text, null);
  }

  static LlvmValue vector(Type type, int lanes, String text) {
    return new LlvmValue(type, lanes, text, null);
  }

  static LlvmValue linear(int lanes, String first, String stride) {
    return stride.equals("0")
        ? uniform(Type.I64, first)
        : new LlvmValue(Type.I64, lanes, first, stride);
  }

  boolean isUniform() {
    return lanes == 1;
  }

  boolean isLinear() {
    return stride != null;
  }

  /** Whether each lane is one less than the one before it. */
  boolean isReversed() {
    return isLinear() && stride.equals("-1");
  }

  boolean isConsecutive() {
    return isLinear() && stride.equals("1");
  }
}
