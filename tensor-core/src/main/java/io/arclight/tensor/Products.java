package io.arclight.tensor;

import java.util.Arrays;

/** Products that are composed of others. */
final class Products {
  private Products() {}

  static void requireRanks(String op, Tensor a, int rankA, Tensor b, int rankB) {
    if (a.rank() != rankA || b.rank() != rankB) {
      throw new ShapeException(
          op
              + ": expects "
              + kind(rankA)
              + " and "
              + kind(rankB)
              + ", got shapes "
              + a.shape()
              + " and "
              + b.shape()
              + ": matmul takes other ranks");
    }
  }

  private static String kind(int rank) {
    return rank == 1 ? "a vector" : rank == 2 ? "a matrix" : "a batch of matrices";
  }

  static Tensor inner(Tensor a, Tensor b) {
    if (a.rank() == 0 || b.rank() == 0) {
      return a.mul(b);
    }
    if (a.dim(-1) != b.dim(-1)) {
      throw new ShapeException(
          "inner: the last dimensions must agree, got shapes " + a.shape() + " and " + b.shape());
    }
    return tensordot(a, b, new int[] {a.rank() - 1}, new int[] {b.rank() - 1});
  }

  static Tensor addbmm(Tensor input, Tensor a, Tensor b, Number beta, Number alpha) {
    requireRanks("addbmm", a, 3, b, 3);
    if (a.dim(0) != b.dim(0) || a.dim(2) != b.dim(1)) {
      throw new ShapeException(
          "addbmm: batches of shapes "
              + a.shape()
              + " and "
              + b.shape()
              + " do not multiply: expects [b, n, k] and [b, k, m]");
    }
    long k = a.dim(0) * a.dim(2);
    Tensor left = a.permute(1, 0, 2).reshape(Shape.of(a.dim(1), k));
    return input.addmm(left, b.reshape(Shape.of(k, b.dim(2))), beta, alpha);
  }

  static Tensor addr(Tensor input, Tensor a, Tensor b, Number beta, Number alpha) {
    requireRanks("addr", a, 1, b, 1);
    Tensor product = a.unsqueeze(1).mul(b);
    Shape target = product.shape();
    if (alpha.doubleValue() != 1) {
      product = product.mul(alpha);
    }
    Tensor addend = input.expand(target);
    if (beta.doubleValue() == 0) {
      return product;
    }
    return product.add(beta.doubleValue() == 1 ? addend : addend.mul(beta));
  }

  static Tensor tensordot(Tensor a, Tensor b, int dims) {
    if (dims < 0 || dims > a.rank() || dims > b.rank()) {
      throw new ShapeException(
          "tensordot: cannot contract "
              + dims
              + " dimensions of shapes "
              + a.shape()
              + " and "
              + b.shape());
    }
    int[] da = new int[dims];
    int[] db = new int[dims];
    for (int i = 0; i < dims; i++) {
      da[i] = a.rank() - dims + i;
      db[i] = i;
    }
    return tensordot(a, b, da, db);
  }

  static Tensor tensordot(Tensor a, Tensor b, int[] dimsA, int[] dimsB) {
    if (dimsA.length != dimsB.length) {
      throw new ShapeException(
          "tensordot: dimensions "
              + Arrays.toString(dimsA)
              + " and "
              + Arrays.toString(dimsB)
              + " must be as many");
    }
    Tensor x = a;
    Tensor y = b;
    int[] da = wrap(a, dimsA);
    int[] db = wrap(b, dimsB);
    for (int i = 0; i < da.length; i++) {
      long n = a.dim(da[i]);
      long m = b.dim(db[i]);
      if (n == m) {
        continue;
      }
      // As in PyTorch a size of 1 broadcasts.
      if (n == 1) {
        y = y.sum(Dim.of(db[i]), Dim.Keep.KEEP);
      } else if (m == 1) {
        x = x.sum(Dim.of(da[i]), Dim.Keep.KEEP);
      } else {
        throw new ShapeException(
            "tensordot: dimension "
                + dimsA[i]
                + " of shape "
                + a.shape()
                + " and "
                + dimsB[i]
                + " of "
                + b.shape()
                + " are contracted and must be of one size");
      }
    }
    int[] freeA = others(a.rank(), da);
    int[] freeB = others(b.rank(), db);
    long k = sizes(x, da);
    Tensor left = x.permute(join(freeA, da)).reshape(Shape.of(sizes(x, freeA), k));
    Tensor right = y.permute(join(db, freeB)).reshape(Shape.of(k, sizes(y, freeB)));
    long[] out = new long[freeA.length + freeB.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = i < freeA.length ? a.dim(freeA[i]) : b.dim(freeB[i - freeA.length]);
    }
    return left.mm(right).reshape(Shape.of(out));
  }

  private static int[] wrap(Tensor t, int[] dims) {
    int[] out = Arrays.stream(dims).map(d -> t.shape().wrap(d)).toArray();
    if (Arrays.stream(out).distinct().count() < out.length) {
      throw new ShapeException(
          "tensordot: a dimension appears twice in "
              + Arrays.toString(dims)
              + " of shape "
              + t.shape());
    }
    return out;
  }

  private static int[] others(int rank, int[] dims) {
    boolean[] taken = new boolean[rank];
    for (int d : dims) {
      taken[d] = true;
    }
    return java.util.stream.IntStream.range(0, rank).filter(d -> !taken[d]).toArray();
  }

  private static int[] join(int[] a, int[] b) {
    int[] out = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, out, a.length, b.length);
    return out;
  }

  private static long sizes(Tensor t, int[] dims) {
    return Arrays.stream(dims).mapToLong(t::dim).reduce(1, (x, y) -> x * y);
  }

  static Tensor kron(Tensor a, Tensor b) {
    int rank = Math.max(a.rank(), b.rank());
    long[] left = new long[2 * rank];
    long[] right = new long[2 * rank];
    long[] out = new long[rank];
    for (int i = 0; i < rank; i++) {
      int ia = i - rank + a.rank();
      int ib = i - rank + b.rank();
      left[2 * i] = ia < 0 ? 1 : a.dim(ia);
      left[2 * i + 1] = 1;
      right[2 * i] = 1;
      right[2 * i + 1] = ib < 0 ? 1 : b.dim(ib);
      out[i] = left[2 * i] * right[2 * i + 1];
    }
    return a.reshape(Shape.of(left)).mul(b.reshape(Shape.of(right))).reshape(Shape.of(out));
  }
}
