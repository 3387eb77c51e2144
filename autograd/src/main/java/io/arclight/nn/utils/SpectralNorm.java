package io.arclight.nn.utils;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;

/** A parameter divided by its largest singular value, which power iteration follows. */
final class SpectralNorm extends Parametrization {
  private static final int FIRST_ITERATIONS = 15;

  private final int iterations;
  private final double eps;
  private final int dim;
  private final Tensor u;
  private final Tensor v;

  SpectralNorm(Tensor weight, int iterations, double eps, int dim) {
    if (iterations < 1) {
      throw new IllegalArgumentException(
          "spectralNorm: needs at least one power iteration, not " + iterations);
    }
    if (weight.rank() == 0) {
      throw new IllegalArgumentException("spectralNorm: a scalar has no singular values");
    }
    this.iterations = iterations;
    this.eps = eps;
    this.dim = dim < 0 ? dim + weight.rank() : dim;
    if (weight.rank() == 1) {
      u = null;
      v = null;
      return;
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor matrix = matrix(weight);
      u = registerBuffer("_u", direction(matrix, matrix.dim(0)));
      v = registerBuffer("_v", direction(matrix, matrix.dim(1)));
      iterate(matrix, FIRST_ITERATIONS);
    }
  }

  private Tensor direction(Tensor like, long n) {
    return normalized(Tensor.randn(Shape.of(n)).to(like.dtype()).to(like.device()));
  }

  private Tensor matrix(Tensor weight) {
    Tensor rows = dim == 0 ? weight : weight.moveaxis(dim, 0);
    return rows.flatten(1);
  }

  private Tensor normalized(Tensor x) {
    return x.div(x.norm().clamp(eps, null));
  }

  private void iterate(Tensor matrix, int times) {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      for (int i = 0; i < times; i++) {
        u.copyInPlace(normalized(matrix.mv(v)));
        v.copyInPlace(normalized(matrix.mH().mv(u)));
      }
    }
  }

  @Override
  public Tensor forward(Tensor... in) {
    if (u == null) {
      return normalized(in[0]);
    }
    Tensor matrix = matrix(in[0]);
    if (isTraining() && !Context.current().recomputing()) {
      iterate(matrix, iterations);
    }
    // Copies, as the next call changes the vectors before this one's backward may have run.
    Tensor left = u.copy();
    Tensor right = v.copy();
    return in[0].div(left.conj().dot(matrix.mv(right)));
  }
}
