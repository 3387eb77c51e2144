package io.arclight.nn.utils;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.Arrays;

/** A matrix with orthonormal columns, or rows if it is wide (Lezcano-Casado, 2019). */
public final class Orthogonal extends Parametrization {
  /** From what a matrix becomes orthogonal. */
  public enum Map {
    /** The exponential of a skew-symmetric matrix. */
    MATRIX_EXP,
    /** {@code (I + A/2) (I - A/2)^-1} of a skew-symmetric matrix. */
    CAYLEY,
    /** A product of reflections. */
    HOUSEHOLDER
  }

  /** Whether training starts at the parameter's own value, which stays as a factor {@code base}. */
  public enum Trivialization {
    USED,
    UNUSED
  }

  private final Map map;
  private final boolean trivialized;
  private final Shape shape;

  Orthogonal(Tensor weight, Map map, Trivialization trivialization) {
    if (weight.rank() < 2) {
      throw new ShapeException(
          "orthogonal: needs a matrix or several, [..., m, n], got shape " + weight.shape());
    }
    if (weight.dtype().isComplex() && map == Map.HOUSEHOLDER) {
      throw new IllegalArgumentException(
          "orthogonal: reflections are for real parameters, not "
              + weight.dtype()
              + ": use MATRIX_EXP or CAYLEY");
    }
    this.map = map;
    this.trivialized = trivialization == Trivialization.USED;
    this.shape = weight.shape();
    if (trivialized) {
      long[] sizes = tall(weight).shape().toArray();
      sizes[sizes.length - 1] = sizes[sizes.length - 2];
      registerBuffer("base", Tensor.zeros(Shape.of(sizes), weight.dtype(), weight.device()));
    }
  }

  private static Tensor tall(Tensor x) {
    return x.dim(-2) < x.dim(-1) ? x.mT() : x;
  }

  private Tensor turned(Tensor tall) {
    return shape.dim(-2) < shape.dim(-1) ? tall.mT() : tall;
  }

  @Override
  public Tensor forward(Tensor... in) {
    Tensor x = tall(in[0]);
    Tensor q = map == Map.HOUSEHOLDER ? reflected(x) : rotated(x);
    return turned(trivialized ? buffer("base").matmul(q) : q);
  }

  private static Tensor reflected(Tensor x) {
    Tensor vectors = x.tril(-1);
    Tensor tau = vectors.square().sum(-2).add(1).reciprocal().mul(2);
    // The diagonal holds signs, which are not trained.
    Tensor signs = x.diagonal(0, -2, -1).detach().to(DType.INT32).unsqueeze(-2);
    return Linalg.householderProduct(vectors, tau).mul(signs);
  }

  private Tensor rotated(Tensor x) {
    long n = x.dim(-2);
    long k = x.dim(-1);
    Tensor lower = x.tril();
    if (n != k) {
      long[] sizes = x.shape().toArray();
      sizes[sizes.length - 1] = n - k;
      lower = Tensor.cat(-1, lower, Tensor.zeros(Shape.of(sizes), x.dtype(), x.device()));
    }
    Tensor skew = lower.sub(lower.mH());
    Tensor q = map == Map.MATRIX_EXP ? Linalg.matrixExp(skew) : cayley(skew);
    return n == k ? q : q.narrow(q.rank() - 1, 0, k);
  }

  private static Tensor cayley(Tensor skew) {
    Tensor identity = Tensor.eye(skew.dim(-1), skew.dim(-1), skew.dtype(), skew.device());
    Tensor half = skew.mul(0.5);
    return Linalg.solve(identity.sub(half), identity.add(half));
  }

  @Override
  Tensor[] initial(Tensor value) {
    return trivialized || map == Map.HOUSEHOLDER ? rightInverse(value) : new Tensor[] {value};
  }

  @Override
  public Tensor[] rightInverse(Tensor value) {
    if (!value.shape().equals(shape)) {
      throw new ShapeException(
          "orthogonal: a value of shape " + value.shape() + " for a parameter of shape " + shape);
    }
    if (trivialized) {
      buffer("base").copyInPlace(full(tall(value)));
      Tensor out = value.zerosLike();
      out.diagonal(0, -2, -1).fillInPlace(-1);
      return new Tensor[] {out};
    }
    if (map != Map.HOUSEHOLDER) {
      throw new TensorException(
          "orthogonal: without trivialization a value cannot be turned back by "
              + map
              + ": use HOUSEHOLDER, or trivialization");
    }
    return new Tensor[] {turned(reflections(tall(value)))};
  }

  /** The columns made orthonormal, and others that make the matrix square. */
  private static Tensor full(Tensor q) {
    long missing = q.dim(-2) - q.dim(-1);
    if (missing == 0) {
      return isOrthogonal(q) ? q : orthogonal(q);
    }
    long[] sizes = q.shape().toArray();
    sizes[sizes.length - 1] = missing;
    Tensor more = Tensor.randn(Shape.of(sizes)).to(q.dtype()).to(q.device());
    return orthogonal(Tensor.cat(-1, q, more));
  }

  private static boolean isOrthogonal(Tensor q) {
    double eps = 10 * q.dim(-1) * q.dtype().finfo().eps();
    Tensor identity = Tensor.eye(q.dim(-1), q.dim(-1), q.dtype(), q.device());
    return q.mH().matmul(q).sub(identity).abs().le(eps).all().item() != 0;
  }

  private static Tensor orthogonal(Tensor x) {
    Linalg.Qr qr = Linalg.qr(x);
    return qr.q().mul(qr.r().diagonal(0, -2, -1).sgn().unsqueeze(-2));
  }

  /** Vectors of reflections below the diagonal, and signs on it, whose product is {@code q}. */
  private static Tensor reflections(Tensor q) {
    Tensor rest = q.copy();
    Tensor out = q.zerosLike();
    int rows = q.rank() - 2;
    for (long j = 0; j < q.dim(-1); j++) {
      long below = q.dim(-2) - j;
      Tensor block = rest.narrow(rows, j, below).narrow(rows + 1, j, q.dim(-1) - j);
      Tensor column = block.narrow(rows + 1, 0, 1);
      Tensor first = column.narrow(rows, 0, 1);
      // Away from the sign of the first element, where nothing cancels.
      Tensor sign = first.ge(0).to(q.dtype()).mul(-2).add(1);
      Tensor diagonal = squares(column).sqrt().mul(sign);
      Tensor v = column.copy();
      v.narrow(rows, 0, 1).subInPlace(diagonal);
      v = v.div(v.narrow(rows, 0, 1));
      Tensor tau = squares(v).reciprocal().mul(2);
      block.subInPlace(v.mul(tau).matmul(v.mT().matmul(block)));
      Tensor place = out.narrow(rows + 1, j, 1).narrow(rows, j, below);
      place.copyInPlace(v);
      place.narrow(rows, 0, 1).copyInPlace(diagonal.sgn());
    }
    return out;
  }

  private static Tensor squares(Tensor columns) {
    return columns.square().sum(Dim.of(columns.rank() - 2), Dim.Keep.KEEP);
  }

  @Override
  protected String extra() {
    return "map=" + map + ", shape=" + Arrays.toString(shape.toArray());
  }
}
