package io.arclight.tensor;

/**
 * A complex number, as operand and element of complex tensors.
 *
 * <pre>{@code
 * x.mul(Complex.of(0, 1)); // turned by 90 degrees
 * }</pre>
 */
public final class Complex extends Number {
  private static final long serialVersionUID = 1;

  private final double re;
  private final double im;

  private Complex(double re, double im) {
    this.re = re;
    this.im = im;
  }

  /** {@code re + im i}. */
  public static Complex of(double re, double im) {
    return new Complex(re, im);
  }

  /** The real part. */
  public double re() {
    return re;
  }

  /** The imaginary part. */
  public double im() {
    return im;
  }

  /**
   * The number where it is real.
   *
   * @throws DTypeException unless the imaginary part is 0
   */
  @Override
  public double doubleValue() {
    if (im != 0) {
      throw new DTypeException(this + " is not a real number: use a complex tensor, or re()");
    }
    return re;
  }

  @Override
  public float floatValue() {
    return (float) doubleValue();
  }

  @Override
  public long longValue() {
    return (long) doubleValue();
  }

  @Override
  public int intValue() {
    return (int) doubleValue();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Complex c && Double.compare(re, c.re) == 0 && Double.compare(im, c.im) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * Double.hashCode(re) + Double.hashCode(im);
  }

  /** As Python prints it, such as {@code 1.0-2.0j}. */
  @Override
  public String toString() {
    return re + (Math.copySign(1, im) < 0 ? "-" : "+") + Math.abs(im) + "j";
  }
}
