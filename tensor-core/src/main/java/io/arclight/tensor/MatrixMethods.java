package io.arclight.tensor;

import io.arclight.tensor.op.AddMmOp;
import io.arclight.tensor.op.CdistOp;
import io.arclight.tensor.op.DiagEmbedOp;
import io.arclight.tensor.op.LinearOp;
import io.arclight.tensor.op.MatMulOp;
import io.arclight.tensor.op.TriOp;

/** Products of matrices and their parts. */
interface MatrixMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Matrix product with the broadcasting rules of {@code torch.matmul}. */
  default Tensor matmul(Tensor other) {
    return MatMulOp.matmul(self(), other);
  }

  /** {@code this weight^T + bias} for this [n, in], weight [out, in], bias [out]. */
  default Tensor linear(Tensor weight, Tensor bias) {
    return Tensor.apply(new LinearOp(), self(), weight, bias);
  }

  /** [n, k] times [k, m]. */
  default Tensor mm(Tensor other) {
    Products.requireRanks("mm", self(), 2, other, 2);
    return Tensor.apply(new MatMulOp(), self(), other);
  }

  /** [b, n, k] times [b, k, m]. */
  default Tensor bmm(Tensor other) {
    Products.requireRanks("bmm", self(), 3, other, 3);
    return Tensor.apply(new MatMulOp(), self(), other);
  }

  /** [n, k] times the vector [k]. */
  default Tensor mv(Tensor vector) {
    Products.requireRanks("mv", self(), 2, vector, 1);
    return matmul(vector);
  }

  /** The sum of the products of two vectors of one length. */
  default Tensor dot(Tensor other) {
    Products.requireRanks("dot", self(), 1, other, 1);
    return matmul(other);
  }

  /** {@link #dot} with the conjugate of this. */
  default Tensor vdot(Tensor other) {
    Products.requireRanks("vdot", self(), 1, other, 1);
    return Solving.conj(self()).matmul(other);
  }

  /** Sums of products over the last dimensions: [..., k] and [.., k] to [..., ..]. */
  default Tensor inner(Tensor other) {
    return Products.inner(self(), other);
  }

  /** [n, m] from vectors [n] and [m]. */
  default Tensor outer(Tensor other) {
    Products.requireRanks("outer", self(), 1, other, 1);
    return self().unsqueeze(1).mul(other);
  }

  /** {@code this + a b}, where this broadcasts to the product. */
  default Tensor addmm(Tensor a, Tensor b) {
    return addmm(a, b, 1, 1);
  }

  /** {@code beta * this + alpha * a b}; with beta 0 this is not read. */
  default Tensor addmm(Tensor a, Tensor b, Number beta, Number alpha) {
    Products.requireRanks("addmm", a, 2, b, 2);
    return Tensor.apply(new AddMmOp(beta, alpha), self(), a, b);
  }

  /** {@code this + matrix vector}. */
  default Tensor addmv(Tensor matrix, Tensor vector) {
    return addmv(matrix, vector, 1, 1);
  }

  /** {@code beta * this + alpha * matrix vector}; with beta 0 this is not read. */
  default Tensor addmv(Tensor matrix, Tensor vector, Number beta, Number alpha) {
    Products.requireRanks("addmv", matrix, 2, vector, 1);
    Tensor column = self().expand(matrix.dim(0)).unsqueeze(1);
    return column.addmm(matrix, vector.unsqueeze(1), beta, alpha).select(1, 0);
  }

  /** {@code this + a b} for batches of matrices [b, n, k] and [b, k, m]. */
  default Tensor baddbmm(Tensor a, Tensor b) {
    return baddbmm(a, b, 1, 1);
  }

  /** {@code beta * this + alpha * a b} for batches of matrices. */
  default Tensor baddbmm(Tensor a, Tensor b, Number beta, Number alpha) {
    Products.requireRanks("baddbmm", a, 3, b, 3);
    return Tensor.apply(new AddMmOp(beta, alpha), self(), a, b);
  }

  /** {@code this} plus the sum of the products of a batch, [n, m]. */
  default Tensor addbmm(Tensor a, Tensor b) {
    return addbmm(a, b, 1, 1);
  }

  /** {@code beta * this} plus {@code alpha} times the sum of the products of a batch, [n, m]. */
  default Tensor addbmm(Tensor a, Tensor b, Number beta, Number alpha) {
    return Products.addbmm(self(), a, b, beta, alpha);
  }

  /** {@code this + a b^T} for vectors. */
  default Tensor addr(Tensor a, Tensor b) {
    return addr(a, b, 1, 1);
  }

  /** {@code beta * this + alpha * a b^T} for vectors; with beta 0 this is not read. */
  default Tensor addr(Tensor a, Tensor b, Number beta, Number alpha) {
    return Products.addr(self(), a, b, beta, alpha);
  }

  /** Sums of products over the last {@code dims} dimensions of this and the first of other. */
  default Tensor tensordot(Tensor other, int dims) {
    return Products.tensordot(self(), other, dims);
  }

  /** Sums of products over {@code dims} of this and, one by one, {@code otherDims} of other. */
  default Tensor tensordot(Tensor other, Dim dims, Dim otherDims) {
    return Products.tensordot(self(), other, dims.dims(), otherDims.dims());
  }

  /** The Kronecker product: every element of this times all of other. */
  default Tensor kron(Tensor other) {
    return Products.kron(self(), other);
  }

  /** The cross product of vectors of 3 along the first dimension that has the size 3. */
  default Tensor cross(Tensor other) {
    for (int d = 0; d < self().rank(); d++) {
      if (self().dim(d) == 3) {
        return Linalg.cross(self(), other, d);
      }
    }
    throw new ShapeException("cross: no dimension of shape " + self().shape() + " has the size 3");
  }

  /** The cross product of vectors of 3 along {@code dim}. */
  default Tensor cross(Tensor other, int dim) {
    return Linalg.cross(self(), other, dim);
  }

  /** Euclidean distances: [..., p, m] and [..., r, m] to [..., p, r]. */
  default Tensor cdist(Tensor other) {
    return cdist(other, 2);
  }

  /** Distances in the p-norm, p from 0 (how many differ) to infinity (the largest difference). */
  default Tensor cdist(Tensor other, double p) {
    return CdistOp.cdist(self(), other, p);
  }

  /** Zeros above the main diagonal. */
  default Tensor tril() {
    return tril(0);
  }

  /** Zeros above diagonal {@code diagonal}, counted to the right of the main one. */
  default Tensor tril(long diagonal) {
    return Tensor.apply(new TriOp(Triangle.LOWER, diagonal), self());
  }

  /** Zeros below the main diagonal. */
  default Tensor triu() {
    return triu(0);
  }

  /** Zeros below diagonal {@code diagonal}, counted to the right of the main one. */
  default Tensor triu(long diagonal) {
    return Tensor.apply(new TriOp(Triangle.UPPER, diagonal), self());
  }

  /** Matrices with the last dimension on their diagonal. */
  default Tensor diagEmbed() {
    return diagEmbed(0, -2, -1);
  }

  /**
   * Matrices in {@code dim1} and {@code dim2} with the last dimension on diagonal {@code offset}.
   */
  default Tensor diagEmbed(long offset, int dim1, int dim2) {
    return Tensor.apply(new DiagEmbedOp(offset, dim1, dim2), self());
  }

  /** The diagonal of a matrix, or the matrix of a diagonal. */
  default Tensor diag() {
    return diag(0);
  }

  /** Diagonal {@code offset} of a matrix, or the matrix of such a diagonal. */
  default Tensor diag(long offset) {
    return switch (self().rank()) {
      case 1 -> diagEmbed(offset, 0, 1);
      case 2 -> self().diagonal(offset, 0, 1).copy();
      default ->
          throw new ShapeException(
              "diag: expects a vector or a matrix, got shape "
                  + self().shape()
                  + ": use diagonal or diagEmbed");
    };
  }

  /** The matrix with all elements in order on its diagonal. */
  default Tensor diagflat() {
    return diagflat(0);
  }

  /** The matrix with all elements in order on diagonal {@code offset}. */
  default Tensor diagflat(long offset) {
    return self().reshape(Shape.of(self().elements())).diagEmbed(offset, 0, 1);
  }

  /** The sum of the diagonal of a matrix. */
  default Tensor trace() {
    if (self().rank() != 2) {
      throw new ShapeException("trace: expects a matrix, got shape " + self().shape());
    }
    return Context.wide(self()).diagonal().sum();
  }

  /** Determinants of [..., n, n]. */
  default Tensor det() {
    return Linalg.det(self());
  }

  /** The logarithm of the determinants, NaN where they are negative. */
  default Tensor logdet() {
    return Linalg.logdet(self());
  }

  /** Inverses of [..., n, n]. */
  default Tensor inverse() {
    return Linalg.inv(self());
  }

  /** Pseudo-inverses of [..., m, n]. */
  default Tensor pinverse() {
    return Linalg.pinv(self());
  }

  /** The {@code n}-th power of [..., k, k]; negative powers invert. */
  default Tensor matrixPower(long n) {
    return Linalg.matrixPower(self(), n);
  }

  /** The matrix exponential of [..., n, n]. */
  default Tensor matrixExp() {
    return Linalg.matrixExp(self());
  }

  /** X of {@code A X = this} for an upper triangular A. */
  default Tensor triangularSolve(Tensor a) {
    return triangularSolve(a, Triangle.UPPER);
  }

  /** X of {@code A X = this} for a triangular A. */
  default Tensor triangularSolve(Tensor a, Triangle part) {
    return Linalg.solveTriangular(a, self(), part);
  }

  /** X of {@code A X = this}, from the Cholesky factor of A. */
  default Tensor choleskySolve(Tensor factor, Triangle part) {
    return Linalg.choleskySolve(self(), factor, part);
  }

  /** The inverse of the matrix whose Cholesky factor this is. */
  default Tensor choleskyInverse(Triangle part) {
    return Linalg.choleskyInverse(self(), part);
  }
}
