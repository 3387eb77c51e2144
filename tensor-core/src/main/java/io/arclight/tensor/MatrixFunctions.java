package io.arclight.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Functions of several matrices, called on {@link Tensor} itself. */
abstract class MatrixFunctions extends NumberFunctions {
  /** In which order {@link #meshgrid} names the first two dimensions. */
  public enum Indexing {
    /** Matrix order: the first tensor runs along the rows. */
    IJ,
    /** Cartesian order: the first tensor runs along the columns. */
    XY
  }

  /** Whether {@link #combinations} may take an element more than once. */
  public enum Replacement {
    WITHOUT,
    WITH
  }

  /**
   * Sums of products in Einstein's notation, such as {@code "bij,bjk->bik"}: with {@code ...},
   * repeated indices (diagonals) and, without an arrow, the output of all indices that appear once.
   *
   * @throws ShapeException naming the subscript and the sizes that do not fit
   */
  public static Tensor einsum(String equation, Tensor... operands) {
    return Einsum.einsum(equation, operands);
  }

  /** The product of matrices, in the order that takes the fewest multiplications. */
  public static Tensor chainMatmul(Tensor... matrices) {
    return Linalg.multiDot(matrices);
  }

  /** The matrices along the diagonal of one; vectors are rows, scalars 1 x 1. */
  public static Tensor blockDiag(Tensor... blocks) {
    if (blocks.length == 0) {
      throw new ShapeException("blockDiag: needs at least one tensor");
    }
    Tensor[] matrices = new Tensor[blocks.length];
    long columns = 0;
    for (int i = 0; i < blocks.length; i++) {
      Tensor t = blocks[i];
      if (t.rank() > 2) {
        throw new ShapeException(
            "blockDiag: tensors must have at most 2 dimensions, but "
                + i
                + " has shape "
                + t.shape());
      }
      matrices[i] = t.rank() == 2 ? t : t.reshape(Shape.of(1, t.elements()));
      columns += matrices[i].dim(1);
    }
    long before = 0;
    for (int i = 0; i < matrices.length; i++) {
      long own = matrices[i].dim(1);
      matrices[i] = matrices[i].pad(1, before, columns - before - own, 0);
      before += own;
    }
    return Tensor.cat(0, matrices);
  }

  /** Views of the vectors, each expanded to the grid of all, rows first. */
  public static Tensor[] meshgrid(Tensor... vectors) {
    return meshgrid(Indexing.IJ, vectors);
  }

  /** Views of the vectors, each expanded to the grid of all. */
  public static Tensor[] meshgrid(Indexing indexing, Tensor... vectors) {
    int rank = vectors.length;
    if (rank == 0) {
      throw new ShapeException("meshgrid: needs at least one tensor");
    }
    boolean swap = indexing == Indexing.XY && rank > 1;
    long[] grid = new long[rank];
    for (int i = 0; i < rank; i++) {
      if (vectors[i].rank() > 1) {
        throw new ShapeException(
            "meshgrid: expects vectors, but " + i + " has shape " + vectors[i].shape());
      }
      grid[swapped(i, swap)] = vectors[i].elements();
    }
    Tensor[] out = new Tensor[rank];
    for (int i = 0; i < rank; i++) {
      long[] sizes = new long[rank];
      Arrays.fill(sizes, 1);
      sizes[swapped(i, swap)] = vectors[i].elements();
      out[i] = vectors[i].reshape(Shape.of(sizes)).expand(Shape.of(grid));
    }
    return out;
  }

  private static int swapped(int i, boolean swap) {
    return swap && i < 2 ? 1 - i : i;
  }

  /** All tuples of one element of each vector, [product of the sizes, vectors]. */
  public static Tensor cartesianProd(Tensor... vectors) {
    for (Tensor t : vectors) {
      if (t.rank() != 1) {
        throw new ShapeException("cartesianProd: expects vectors, got shape " + t.shape());
      }
    }
    if (vectors.length == 1) {
      return vectors[0];
    }
    Tensor[] grid = meshgrid(vectors);
    for (int i = 0; i < grid.length; i++) {
      grid[i] = grid[i].reshape(Shape.of(grid[i].elements()));
    }
    return Tensor.stack(1, grid);
  }

  /** All pairs of elements of a vector, [pairs, 2]. */
  public static Tensor combinations(Tensor vector) {
    return combinations(vector, 2, Replacement.WITHOUT);
  }

  /** All choices of {@code r} elements of a vector, in its order: [choices, r]. */
  public static Tensor combinations(Tensor vector, int r, Replacement replacement) {
    if (vector.rank() != 1) {
      throw new ShapeException("combinations: expects a vector, got shape " + vector.shape());
    }
    if (r < 0) {
      throw new ShapeException("combinations: r must not be negative, got " + r);
    }
    if (r == 0) {
      return Tensor.empty(Shape.of(0), vector.dtype(), vector.device());
    }
    List<long[]> rows = new ArrayList<>();
    choose(rows, new long[r], 0, 0, vector.dim(0), replacement == Replacement.WITH ? 0 : 1);
    long[] flat = rows.stream().flatMapToLong(Arrays::stream).toArray();
    Tensor index = Tensor.of(flat).to(vector.device());
    return vector.indexSelect(0, index).reshape(Shape.of(rows.size(), r));
  }

  private static void choose(List<long[]> out, long[] row, int at, long from, long n, int step) {
    if (at == row.length) {
      out.add(row.clone());
      return;
    }
    for (long i = from; i < n; i++) {
      row[at] = i;
      choose(out, row, at + 1, i + step, n, step);
    }
  }

  /** Powers of the elements of a vector, the highest first: [n, n]. */
  public static Tensor vander(Tensor vector) {
    return vander(vector, vector.elements());
  }

  /**
   * Powers n-1 to 0 of the elements of a vector, of integers and bools int64; {@link Linalg#vander}
   * has them rising.
   */
  public static Tensor vander(Tensor vector, long n) {
    if (vector.rank() != 1) {
      throw new ShapeException("vander: expects a vector, got shape " + vector.shape());
    }
    Tensor[] powers = Linalg.powers("vander", vector, n);
    java.util.Collections.reverse(Arrays.asList(powers));
    DType dtype = vector.dtype().isDifferentiable() ? vector.dtype() : DType.INT64;
    return powers.length == 0
        ? Tensor.empty(Shape.of(vector.dim(0), 0), dtype, vector.device())
        : Tensor.stack(-1, powers);
  }
}
