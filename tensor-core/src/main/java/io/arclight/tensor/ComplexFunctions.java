package io.arclight.tensor;

/** Creation of complex tensors. */
abstract class ComplexFunctions extends JoiningFunctions {
  /** complex64, or complex128 where that is the default dtype's. */
  public static Tensor of(Complex... values) {
    double[] parts = new double[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      parts[2 * i] = values[i].re();
      parts[2 * i + 1] = values[i].im();
    }
    Tensor wide = Tensors.fromDoubles(parts, Shape.of(values.length, 2));
    return wide.to(DType.defaultDType().toComplex().toReal()).viewAsComplex();
  }

  /**
   * From real and imaginary parts, which broadcast.
   *
   * @throws DTypeException unless both are float32 or both float64
   */
  public static Tensor complex(Tensor re, Tensor im) {
    boolean fits = re.dtype() == DType.FLOAT32 || re.dtype() == DType.FLOAT64;
    if (!fits || im.dtype() != re.dtype()) {
      throw new DTypeException(
          "complex: needs two float32 or two float64 tensors, got "
              + re.dtype()
              + " and "
              + im.dtype()
              + ": convert with to(dtype)");
    }
    Shape shape = Shape.broadcast(re.shape(), im.shape());
    return JoiningFunctions.stack(-1, re.expand(shape), im.expand(shape)).viewAsComplex();
  }

  /** From magnitudes and angles, as {@link #complex(Tensor, Tensor)}. */
  public static Tensor polar(Tensor magnitude, Tensor angle) {
    return complex(magnitude.mul(angle.cos()), magnitude.mul(angle.sin()));
  }
}
