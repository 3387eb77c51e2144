package io.arclight.tensor;

/** Whether a matrix itself stands before the unknown or its conjugate transpose. */
public enum Transposition {
  PLAIN,
  ADJOINT
}
