package io.arclight.tensor.ir;

/** Expressions and statements compiled to closures over a {@link Frame}. */
final class Evaluator {
  private Evaluator() {}

  /** An I64, I32 (sign-extended) or BOOL (0 or 1) value. */
  interface LongValue {
    long of(Frame frame);
  }

  /** An F64 or F32 value. */
  interface DoubleValue {
    double of(Frame frame);
  }

  interface Action {
    void run(Frame frame);
  }
}
