package io.arclight.distributions;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Triangle;

/** The normal distribution of a mean vector and a covariance, held as its Cholesky factor. */
public final class MultivariateNormal extends Distribution {
  private static final double LOG_2_PI = Math.log(2 * Math.PI);
  private final Tensor loc;
  private final Tensor scaleTril;

  private MultivariateNormal(Tensor loc, Tensor scaleTril, Shape batch) {
    super(batch, Shape.of(loc.dim(-1)));
    this.loc = loc.expand(concat(batch, eventShape()));
    this.scaleTril = scaleTril.expand(concat(batch, Shape.of(loc.dim(-1), loc.dim(-1))));
  }

  /**
   * By the covariance matrix.
   *
   * @param loc [..., n]
   * @param covariance [..., n, n], symmetric and positive definite
   */
  public static MultivariateNormal ofCovariance(Tensor loc, Tensor covariance) {
    checked(loc, covariance, "covariance");
    return ofScaleTril(loc, Linalg.cholesky(covariance));
  }

  /**
   * By the Cholesky factor of the covariance matrix.
   *
   * @param loc [..., n]
   * @param scaleTril [..., n, n], lower triangular with a positive diagonal
   */
  public static MultivariateNormal ofScaleTril(Tensor loc, Tensor scaleTril) {
    Shape batch = checked(loc, scaleTril, "scaleTril");
    finite(loc, "MultivariateNormal: loc");
    positive(scaleTril.diagonal(0, -2, -1), "MultivariateNormal: the diagonal of scaleTril");
    return new MultivariateNormal(loc, scaleTril.tril(0), batch);
  }

  /** The batch shape of fitting parameters. */
  private static Shape checked(Tensor loc, Tensor matrix, String name) {
    Shape vectors = leading("MultivariateNormal: loc", loc.shape());
    long n = loc.dim(-1);
    if (matrix.rank() < 2 || matrix.dim(-1) != n || matrix.dim(-2) != n) {
      throw new ShapeException(
          "MultivariateNormal: for loc of shape "
              + loc.shape()
              + " "
              + name
              + " must have the shape [..., "
              + n
              + ", "
              + n
              + "], not "
              + matrix.shape());
    }
    return Shape.broadcast(vectors, leading(name, leading(name, matrix.shape())));
  }

  /** The means [..., n]. */
  public Tensor loc() {
    return loc;
  }

  /** [..., n, n], lower triangular. */
  public Tensor scaleTril() {
    return scaleTril;
  }

  /** The covariance matrices [..., n, n]. */
  public Tensor covariance() {
    return scaleTril.matmul(scaleTril.transpose(-2, -1));
  }

  @Override
  Tensor draw(Shape sampleShape) {
    Tensor noise = Generator.standard().normal(extended(sampleShape), loc.dtype(), loc.device());
    return scaleTril.matmul(noise.unsqueeze(-1)).squeeze(-1).add(loc);
  }

  /** The square of the Mahalanobis length of {@code difference} [..., n] under {@code factor}. */
  static Tensor mahalanobis(Tensor factor, Tensor difference) {
    Tensor z = Linalg.solveTriangular(factor, difference.unsqueeze(-1), Triangle.LOWER).squeeze(-1);
    return sumLast(z.square());
  }

  /** The logarithm of the factor's determinant. */
  Tensor halfLogDet() {
    return sumLast(scaleTril.diagonal(0, -2, -1).log());
  }

  @Override
  public Tensor logProb(Tensor value) {
    Tensor squares = mahalanobis(scaleTril, value.sub(loc));
    return squares.add(loc.dim(-1) * LOG_2_PI).mul(-0.5).sub(halfLogDet());
  }

  @Override
  public Tensor entropy() {
    return halfLogDet().add(0.5 * loc.dim(-1) * (1 + LOG_2_PI));
  }

  @Override
  public Tensor mean() {
    return loc;
  }

  @Override
  public Tensor variance() {
    return scaleTril.square().sum(Dim.of(-1), Dim.Keep.DROP);
  }
}
