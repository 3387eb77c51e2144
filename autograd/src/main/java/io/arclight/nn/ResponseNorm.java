package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Divides by {@code (k + alpha / size * squares of neighbouring channels)^beta}: what {@link
 * LocalResponseNorm} and {@link CrossMapLRN2d} share.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class ResponseNorm<T extends ResponseNorm<T>> extends Layer {
  private final long size;
  private double alpha = 1e-4;
  private double beta = 0.75;
  private double k = 1;

  ResponseNorm(long size) {
    this.size = size;
  }

  abstract T self();

  abstract Tensor forward(Tensor input, long size, double alpha, double beta, double k);

  /** The weight of the mean square; 1e-4 unless set. */
  public final T alpha(double value) {
    alpha = value;
    return self();
  }

  /** The exponent; 0.75 unless set. */
  public final T beta(double value) {
    beta = value;
    return self();
  }

  /** What is added to the squares; 1 unless set. */
  public final T k(double value) {
    k = value;
    return self();
  }

  @Override
  public final Tensor forward(Tensor input) {
    return forward(input, size, alpha, beta, k);
  }

  /** The text of {@code k}. */
  String text(double k) {
    return Repr.number(k);
  }

  @Override
  protected final String extra() {
    return size
        + ", alpha="
        + Repr.number(alpha)
        + ", beta="
        + Repr.number(beta)
        + ", k="
        + text(k);
  }
}
