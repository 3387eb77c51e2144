package io.arclight.tensor.op;

final class FftOp {
  enum Direction {
    FORWARD,
    INVERSE
  }
}
