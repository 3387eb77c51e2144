package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The cosine of the angle between vectors along a dimension. */
public final class CosineSimilarity extends Module {
  private int dim = 1;
  private double eps = 1e-8;

  /** Dimension 1 unless set. */
  public CosineSimilarity dim(int value) {
    dim = value;
    return this;
  }

  /** The least norm; 1e-8 unless set. */
  public CosineSimilarity eps(double value) {
    eps = value;
    return this;
  }

  /** {@link #forward} as a call of this module. */
  public Tensor call(Tensor x1, Tensor x2) {
    return within(() -> forward(x1, x2));
  }

  /** {@link Functional#cosineSimilarity}. */
  public Tensor forward(Tensor x1, Tensor x2) {
    return Functional.cosineSimilarity(x1, x2, dim, eps);
  }
}
