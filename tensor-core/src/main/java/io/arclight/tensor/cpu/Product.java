package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;

/**
 * What is multiplied: C = op(A) op(B), or C + op(A) op(B), of row-major matrices.
 *
 * @param dtype of all three, of which {@link Gemm#multiplies}
 * @param transA whether A lies as (k, m) and is transposed, rather than as (m, k)
 * @param transB whether B lies as (n, k) and is transposed, rather than as (k, n)
 * @param m rows of C
 * @param n columns of C
 * @param k length of the sums
 * @param lda elements from a row of A in memory to the next
 * @param ldb the same of B
 * @param ldc the same of C
 * @param accumulate whether the product is added to C; if not, what C held is not read
 */
public record Product(
    DType dtype,
    boolean transA,
    boolean transB,
    long m,
    long n,
    long k,
    long lda,
    long ldb,
    long ldc,
    boolean accumulate) {

  long multiplications() {
    return m * n * k;
  }

  /** The product of {@code rows} rows of op(A) with {@code columns} columns of op(B). */
  Product piece(long rows, long columns) {
    if (rows == m && columns == n && m > 1 && n > 1 && k > 1) {
      return this;
    }
    return new Product(
        dtype,
        transA,
        transB,
        rows,
        columns,
        k,
        leading(transA ? k : rows, transA ? rows : k, lda),
        leading(transB ? columns : k, transB ? k : columns, ldb),
        leading(rows, columns, ldc),
        accumulate);
  }

  /** Bytes from A to row {@code i} of op(A). */
  long rowOfA(long i) {
    return dtype.bytes() * (transA ? i : i * lda);
  }

  /** Bytes from B to column {@code j} of op(B). */
  long columnOfB(long j) {
    return dtype.bytes() * (transB ? j * ldb : j);
  }

  /** Bytes from C to its element (i, j). */
  long elementOfC(long i, long j) {
    return dtype.bytes() * (i * ldc + j);
  }

  /** The stride of a single row means nothing, but the libraries check it. */
  private static long leading(long rows, long columns, long stride) {
    return rows == 1 ? Math.max(stride, columns) : stride;
  }
}
