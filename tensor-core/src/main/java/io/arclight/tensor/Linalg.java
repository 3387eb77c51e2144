package io.arclight.tensor;

import io.arclight.tensor.op.Check;
import io.arclight.tensor.op.CholeskyOp;
import io.arclight.tensor.op.DetOp;
import io.arclight.tensor.op.EigOp;
import io.arclight.tensor.op.EighOp;
import io.arclight.tensor.op.HouseholderOp;
import io.arclight.tensor.op.InvOp;
import io.arclight.tensor.op.LuOp;
import io.arclight.tensor.op.MatrixExpOp;
import io.arclight.tensor.op.QrOp;
import io.arclight.tensor.op.SolveTriangularOp;
import io.arclight.tensor.op.SvdOp;

/**
 * Linear algebra, {@code torch.linalg}: on matrices in the last two dimensions, [..., m, n], with
 * batches of any rank before them.
 *
 * <p>A matrix that an algorithm cannot take raises a {@link LinAlgException} that names the batch
 * element; the functions whose names end with {@code Ex} report it in a tensor instead.
 */
public final class Linalg {

  /** A factor and int32 info by matrix: 0, or where its factorisation failed. */
  public record Factor(Tensor result, Tensor info) {}

  /** {@code A = Q R}. */
  public record Qr(Tensor q, Tensor r) {}

  /** {@code A = P L U}. */
  public record Lu(Tensor p, Tensor l, Tensor u) {}

  /** L and U in one matrix, and the row that each was swapped with, from 1 (int32). */
  public record LuFactors(Tensor lu, Tensor pivots) {}

  /** {@code A = U diag(s) V^H}, s falling. */
  public record Svd(Tensor u, Tensor s, Tensor vh) {}

  /** Eigenvalues, rising where real, and eigenvectors as columns. */
  public record Eigen(Tensor values, Tensor vectors) {}

  /** {@code det = sign * exp(logabsdet)}. */
  public record SlogDet(Tensor sign, Tensor logabsdet) {}

  private Linalg() {}

  // ---- factors

  /** The lower Cholesky factor of positive-definite matrices, of which the lower half is read. */
  public static Tensor cholesky(Tensor a) {
    return cholesky(a, Triangle.LOWER);
  }

  /** The lower or upper Cholesky factor, from that half of the matrices. */
  public static Tensor cholesky(Tensor a, Triangle part) {
    return Tensor.applyAll(new CholeskyOp(part, Check.RAISE), a)[0];
  }

  /** {@link #cholesky(Tensor, Triangle)} with info: the order of the minor that is not positive. */
  public static Factor choleskyEx(Tensor a, Triangle part) {
    Tensor[] out = Tensor.applyAll(new CholeskyOp(part, Check.REPORT), a);
    return new Factor(out[0], out[1]);
  }

  /** X of {@code A X = B} from the Cholesky factor of A. */
  public static Tensor choleskySolve(Tensor b, Tensor factor, Triangle part) {
    Tensor upper = part == Triangle.UPPER ? factor : Solving.adjoint(factor);
    Tensor lower = part == Triangle.UPPER ? Solving.adjoint(factor) : factor;
    Tensor first = solveTriangular(lower, b, Triangle.LOWER);
    return solveTriangular(upper, first, Triangle.UPPER);
  }

  /** The inverse of the matrix whose Cholesky factor is given. */
  public static Tensor choleskyInverse(Tensor factor, Triangle part) {
    return choleskySolve(Solving.identityLike(factor), factor, part);
  }

  /** Q with min(m, n) orthonormal columns, and R. */
  public static Qr qr(Tensor a) {
    return qr(a, QrMode.REDUCED);
  }

  /** Q, of as many columns as said, and R. */
  public static Qr qr(Tensor a, QrMode mode) {
    Tensor[] out = Tensor.applyAll(new QrOp(mode), a);
    return new Qr(out[0], out[1]);
  }

  /** The first columns of the product of reflections, from what LAPACK's geqrf leaves. */
  public static Tensor householderProduct(Tensor vectors, Tensor tau) {
    return Tensor.apply(new HouseholderOp(), vectors, tau);
  }

  /** Permutation, lower and upper factor of [..., m, n]; singular matrices too. */
  public static Lu lu(Tensor a) {
    Tensor[] out = Tensor.applyAll(new LuOp(Check.REPORT), a);
    return luUnpack(out[0], out[1]);
  }

  /** Factors for {@link #luSolve}; a singular matrix is an error. */
  public static LuFactors luFactor(Tensor a) {
    Tensor[] out = Tensor.applyAll(new LuOp(Check.RAISE), a);
    return new LuFactors(out[0], out[1]);
  }

  /** {@link #luFactor} with info: the first zero on U's diagonal, from 1. */
  public static Tensor[] luFactorEx(Tensor a) {
    return Tensor.applyAll(new LuOp(Check.REPORT), a);
  }

  /** The matrices that {@link #luFactor} keeps in one. */
  public static Lu luUnpack(Tensor lu, Tensor pivots) {
    return Solving.luUnpack(lu, pivots);
  }

  /** All singular vectors and values. */
  public static Svd svd(Tensor a) {
    return svd(a, SingularVectors.FULL);
  }

  /** Singular vectors, as many as said, and values; without vectors u and vh are null. */
  public static Svd svd(Tensor a, SingularVectors vectors) {
    Tensor[] out = Tensor.applyAll(new SvdOp(vectors), a);
    return vectors == SingularVectors.NONE
        ? new Svd(null, out[0], null)
        : new Svd(out[0], out[1], out[2]);
  }

  /** Singular values, falling: [..., min(m, n)]. */
  public static Tensor svdvals(Tensor a) {
    return Tensor.apply(new SvdOp(SingularVectors.NONE), a);
  }

  /**
   * Eigenvalues and vectors of symmetric or Hermitian matrices, of which the lower half is read.
   */
  public static Eigen eigh(Tensor a) {
    return eigh(a, Triangle.LOWER);
  }

  /** {@link #eigh(Tensor)}, of which {@code part} is read. */
  public static Eigen eigh(Tensor a, Triangle part) {
    Tensor[] out = Tensor.applyAll(new EighOp(part, EighOp.Vectors.ALL), a);
    return new Eigen(out[0], out[1]);
  }

  /** Eigenvalues, rising, of symmetric or Hermitian matrices, of which the lower half is read. */
  public static Tensor eigvalsh(Tensor a) {
    return eigvalsh(a, Triangle.LOWER);
  }

  /** {@link #eigvalsh(Tensor)}, of which {@code part} is read. */
  public static Tensor eigvalsh(Tensor a, Triangle part) {
    return Tensor.apply(new EighOp(part, EighOp.Vectors.NONE), a);
  }

  /** Complex eigenvalues and eigenvectors of any square matrices. */
  public static Eigen eig(Tensor a) {
    Tensor[] out = Tensor.applyAll(new EigOp(EighOp.Vectors.ALL), a);
    return new Eigen(out[0], out[1]);
  }

  /** Complex eigenvalues of any square matrices. */
  public static Tensor eigvals(Tensor a) {
    return Tensor.apply(new EigOp(EighOp.Vectors.NONE), a);
  }

  /** The k largest eigenvalues and their vectors of symmetric matrices; see {@link Lobpcg}. */
  public static Lobpcg lobpcg(Tensor a, int k) {
    return lobpcg(a, k, Lobpcg.Options.standard());
  }

  /** {@link #lobpcg(Tensor, int)} by options. */
  public static Lobpcg lobpcg(Tensor a, int k, Lobpcg.Options options) {
    return Lobpcg.of(a, k, options);
  }

  // ---- systems

  /** X of {@code A X = B}; B may be vectors, [..., n]. */
  public static Tensor solve(Tensor a, Tensor b) {
    return solve(a, b, Side.LEFT);
  }

  /** X of {@code A X = B} or {@code X A = B}. */
  public static Tensor solve(Tensor a, Tensor b, Side side) {
    return Solving.solve(a, b, side, Check.RAISE)[0];
  }

  /** {@link #solve} with info: the first zero on U's diagonal, from 1. */
  public static Factor solveEx(Tensor a, Tensor b) {
    Tensor[] out = Solving.solve(a, b, Side.LEFT, Check.REPORT);
    return new Factor(out[0], out[1]);
  }

  /** X of {@code A X = B} for triangular A. */
  public static Tensor solveTriangular(Tensor a, Tensor b, Triangle part) {
    return solveTriangular(a, b, part, Side.LEFT, Diagonal.READ);
  }

  /** X of {@code A X = B} or {@code X A = B}, of a diagonal as it is or of ones. */
  public static Tensor solveTriangular(
      Tensor a, Tensor b, Triangle part, Side side, Diagonal diagonal) {
    Tensor[] pair = Solving.broadcast("solveTriangular", a, b);
    return Tensor.apply(new SolveTriangularOp(part, side, diagonal), pair[0], pair[1]);
  }

  /** X of {@code A X = B} from the factors of A. */
  public static Tensor luSolve(Tensor lu, Tensor pivots, Tensor b) {
    return luSolve(lu, pivots, b, Side.LEFT, Transposition.PLAIN);
  }

  /** X of {@code A X = B} or {@code X A = B}, of A or of its adjoint. */
  public static Tensor luSolve(Tensor lu, Tensor pivots, Tensor b, Side side, Transposition turn) {
    return Solving.luSolve(lu, pivots, b, side, turn);
  }

  /** {@link #lstsq(Tensor, Tensor, Lstsq.Driver)} by pivoted QR, as in PyTorch on CPUs. */
  public static Lstsq lstsq(Tensor a, Tensor b) {
    return lstsq(a, b, Lstsq.Driver.GELSY);
  }

  /** X of least {@code |A X - B|}; B may be vectors, [..., m]. */
  public static Lstsq lstsq(Tensor a, Tensor b, Lstsq.Driver driver) {
    return Lstsq.of(a, b, driver, null);
  }

  /** Singular values up to {@code relative} times the largest count as zero. */
  public static Lstsq lstsq(Tensor a, Tensor b, Lstsq.Driver driver, double relative) {
    return Lstsq.of(a, b, driver, relative);
  }

  /** Inverses of [..., n, n]. */
  public static Tensor inv(Tensor a) {
    return Tensor.applyAll(new InvOp(Check.RAISE), a)[0];
  }

  /** {@link #inv} with info: the first zero on U's diagonal, from 1. */
  public static Factor invEx(Tensor a) {
    Tensor[] out = Tensor.applyAll(new InvOp(Check.REPORT), a);
    return new Factor(out[0], out[1]);
  }

  /** Pseudo-inverses; singular values up to max(m, n) eps times the largest count as zero. */
  public static Tensor pinv(Tensor a) {
    return pinv(a, 0, Norms.epsilon(a), Symmetry.GENERAL);
  }

  /** Pseudo-inverses; singular values up to max(absolute, relative * the largest) count as zero. */
  public static Tensor pinv(Tensor a, double absolute, double relative) {
    return pinv(a, absolute, relative, Symmetry.GENERAL);
  }

  /** {@link #pinv(Tensor, double, double)}; of Hermitian matrices the lower triangle is read. */
  public static Tensor pinv(Tensor a, double absolute, double relative, Symmetry symmetry) {
    return Solving.pinv(a, absolute, relative, symmetry);
  }

  /**
   * B of {@code tensordot(B, A) = I}, where the first {@code rows} dimensions of A are the rows.
   */
  public static Tensor tensorinv(Tensor a, int rows) {
    return Solving.tensorinv(a, rows);
  }

  /** X of {@code tensordot(A, X) = B}. */
  public static Tensor tensorsolve(Tensor a, Tensor b) {
    return tensorsolve(a, b, Dim.of());
  }

  /** X of {@code tensordot(A, X) = B}, after dimensions {@code dims} of A are moved to its end. */
  public static Tensor tensorsolve(Tensor a, Tensor b, Dim dims) {
    return Solving.tensorsolve(a, b, dims.dims());
  }

  // ---- numbers

  /** Determinants, with a gradient for singular matrices too. */
  public static Tensor det(Tensor a) {
    return Tensor.apply(new DetOp(DetOp.Form.VALUE), a);
  }

  /** Signs of determinants, and logarithms of their sizes: minus infinity for singular matrices. */
  public static SlogDet slogdet(Tensor a) {
    Tensor[] out = Tensor.applyAll(new DetOp(DetOp.Form.SIGN_AND_LOG), a);
    return new SlogDet(out[0], out[1]);
  }

  /** Logarithms of determinants, NaN where those are negative. */
  public static Tensor logdet(Tensor a) {
    SlogDet d = slogdet(a);
    return d.logabsdet().add(d.sign().log());
  }

  /** The Euclidean norm of all elements. */
  public static Tensor norm(Tensor x) {
    return Norms.vectorNorm(x, 2, Dim.ALL, Dim.Keep.DROP);
  }

  /** The {@code order}-norm of a vector or of a matrix. */
  public static Tensor norm(Tensor x, double order) {
    return switch (x.rank()) {
      case 1 -> vectorNorm(x, order);
      case 2 -> matrixNorm(x, order);
      default ->
          throw new ShapeException(
              "norm: shape " + x.shape() + " is no vector or matrix: name the dimensions");
    };
  }

  /** The norm of vectors (one dimension) or matrices (two). */
  public static Tensor norm(Tensor x, double order, Dim dims, Dim.Keep keep) {
    return dims.dims().length == 2
        ? matrixNorm(x, order, dims, keep)
        : vectorNorm(x, order, dims, keep);
  }

  /** The Euclidean norm of all elements. */
  public static Tensor vectorNorm(Tensor x) {
    return vectorNorm(x, 2);
  }

  /** The {@code order}-norm of all elements. */
  public static Tensor vectorNorm(Tensor x, double order) {
    return vectorNorm(x, order, Dim.ALL, Dim.Keep.DROP);
  }

  /**
   * {@code sum(|x|^order)^(1/order)}; of infinite orders the largest and the smallest size, of
   * order 0 how many are not zero.
   */
  public static Tensor vectorNorm(Tensor x, double order, Dim dims, Dim.Keep keep) {
    return Norms.vectorNorm(x, order, dims, keep);
  }

  /** The Frobenius norm. */
  public static Tensor matrixNorm(Tensor a) {
    return Norms.frobenius(a, Dim.of(-2, -1), Dim.Keep.DROP);
  }

  /** The norm of matrices, by an order of {@link #matrixNorm(Tensor, double, Dim, Dim.Keep)}. */
  public static Tensor matrixNorm(Tensor a, double order) {
    return matrixNorm(a, order, Dim.of(-2, -1), Dim.Keep.DROP);
  }

  /**
   * By order: 1 the largest sum of a column's sizes, infinity of a row's, 2 the largest singular
   * value; negative orders the smallest.
   */
  public static Tensor matrixNorm(Tensor a, double order, Dim dims, Dim.Keep keep) {
    return Norms.matrixNorm(a, order, dims, keep);
  }

  /** The Frobenius norm over two dimensions. */
  public static Tensor matrixNorm(Tensor a, Dim dims, Dim.Keep keep) {
    return Norms.frobenius(a, dims, keep);
  }

  /** The nuclear norm: the sum of the singular values. */
  public static Tensor nuclearNorm(Tensor a) {
    return nuclearNorm(a, Dim.of(-2, -1), Dim.Keep.DROP);
  }

  /** The nuclear norm over two dimensions. */
  public static Tensor nuclearNorm(Tensor a, Dim dims, Dim.Keep keep) {
    return Norms.nuclear(a, dims, keep);
  }

  /** The condition number: the largest singular value over the smallest. */
  public static Tensor cond(Tensor a) {
    return cond(a, 2);
  }

  /** The condition number in a norm of {@link #matrixNorm(Tensor, double)}. */
  public static Tensor cond(Tensor a, double order) {
    return Norms.cond(a, order);
  }

  /** int64: singular values above max(m, n) eps times the largest. */
  public static Tensor matrixRank(Tensor a) {
    return matrixRank(a, 0, Norms.epsilon(a), Symmetry.GENERAL);
  }

  /** int64: singular values above max(absolute, relative * the largest). */
  public static Tensor matrixRank(Tensor a, double absolute, double relative, Symmetry symmetry) {
    return Norms.rank(a, absolute, relative, symmetry);
  }

  // ---- functions and products

  /** The matrix exponential of [..., n, n]. */
  public static Tensor matrixExp(Tensor a) {
    return Tensor.apply(new MatrixExpOp(), a);
  }

  /** The {@code n}-th power of [..., k, k]; negative powers invert. */
  public static Tensor matrixPower(Tensor a, long n) {
    return Solving.matrixPower(a, n);
  }

  /** The product of matrices, in the order that takes the fewest multiplications. */
  public static Tensor multiDot(Tensor... factors) {
    return MultiDot.multiDot(factors);
  }

  /** {@link Tensor#matmul}. */
  public static Tensor matmul(Tensor a, Tensor b) {
    return a.matmul(b);
  }

  /** Sums of {@code conj(a) b} along the last dimension. */
  public static Tensor vecdot(Tensor a, Tensor b) {
    return vecdot(a, b, -1);
  }

  /** Sums of {@code conj(a) b} along {@code dim}. */
  public static Tensor vecdot(Tensor a, Tensor b, int dim) {
    Norms.requireFloat("vecdot", a);
    return Solving.conj(a).mul(b).sum(dim);
  }

  /** The cross product of vectors of 3 along the last dimension. */
  public static Tensor cross(Tensor a, Tensor b) {
    return cross(a, b, -1);
  }

  /** The cross product of vectors of 3 along {@code dim}. */
  public static Tensor cross(Tensor a, Tensor b, int dim) {
    if (a.rank() != b.rank()) {
      throw new ShapeException(
          "cross: needs as many dimensions in both, got " + a.shape() + " and " + b.shape());
    }
    if (a.dim(dim) != 3 || b.dim(dim) != 3) {
      throw new ShapeException(
          "cross: dimension "
              + dim
              + " must have the size 3, got shapes "
              + a.shape()
              + " and "
              + b.shape());
    }
    return next(a, dim).mul(next(next(b, dim), dim)).sub(next(next(a, dim), dim).mul(next(b, dim)));
  }

  /** Each of three replaced by the one after it. */
  private static Tensor next(Tensor t, int dim) {
    return Tensor.cat(dim, t.narrow(dim, 1, 2), t.narrow(dim, 0, 1));
  }

  /** Powers 0 to n-1 of vectors [..., n] as rows. */
  public static Tensor vander(Tensor x) {
    return vander(x, x.rank() == 0 ? 0 : x.dim(-1));
  }

  /** Powers 0 to count-1 of the elements, [..., n, count]; of integers and bools int64. */
  public static Tensor vander(Tensor x, long count) {
    if (x.rank() == 0 || count < 1) {
      throw new ShapeException(
          "vander: needs vectors and a positive count, got shape " + x.shape() + " and " + count);
    }
    return Tensor.stack(-1, powers("vander", x, count));
  }

  static Tensor[] powers(String op, Tensor x, long count) {
    if (count < 0) {
      throw new ShapeException(op + ": the count must not be negative, got " + count);
    }
    Tensor base = x.dtype().isDifferentiable() ? x : x.to(DType.INT64);
    Tensor[] out = new Tensor[Math.toIntExact(count)];
    for (int i = 0; i < out.length; i++) {
      out[i] = i == 0 ? base.onesLike() : i == 1 ? base : out[i - 1].mul(base);
    }
    return out;
  }

  /** A view of the diagonals of the last two dimensions. */
  public static Tensor diagonal(Tensor a) {
    return a.diagonal(0, -2, -1);
  }
}
