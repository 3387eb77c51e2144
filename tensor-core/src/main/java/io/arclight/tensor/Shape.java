package io.arclight.tensor;

import java.util.Arrays;

/** Sizes of a tensor's dimensions; immutable. {@code Shape.of()} is a scalar's. */
public final class Shape {
  /** No dimensions: one element. */
  public static final Shape SCALAR = new Shape(new long[0]);

  private final long[] dims;
  private final long elements;

  /** Made on first use; a race makes two equal ones. */
  private Layout dense;

  private Shape(long[] dims) {
    this.dims = dims;
    long n = 1;
    for (long d : dims) {
      if (d < 0) {
        throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(dims));
      }
      n = Math.multiplyExact(n, d);
    }
    this.elements = n;
  }

  /** Of these sizes. */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /** Number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Size of dimension {@code dim}; negative counts from the end. */
  public long dim(int dim) {
    return dims[wrap(dim)];
  }

  /** {@code dim} as an index from the front. */
  public int wrap(int dim) {
    int n = dims.length;
    if (dim < -n || dim >= n) {
      throw new ShapeException(
          "dimension "
              + dim
              + " is out of range for shape "
              + this
              + ": expected "
              + -n
              + " to "
              + (n - 1));
    }
    return dim < 0 ? dim + n : dim;
  }

  /** Number of elements. */
  public long elements() {
    return elements;
  }

  /** The row-major layout of this shape. */
  Layout dense() {
    Layout l = dense;
    if (l == null) {
      l = new Layout(this, Layout.rowMajor(this), 0, true);
      dense = l;
    }
    return l;
  }

  /** The sizes, as a copy. */
  public long[] toArray() {
    return dims.clone();
  }

  /** Whether a tensor of this shape broadcasts to {@code other} without changing that. */
  public boolean broadcastsTo(Shape other) {
    boolean fits = rank() <= other.rank();
    for (int d = 1; fits && d <= rank(); d++) {
      fits = dim(-d) == 1 || dim(-d) == other.dim(-d);
    }
    return fits;
  }

  /** The shape that both broadcast to by NumPy's rules. */
  public static Shape broadcast(Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    long[] out = new long[rank];
    for (int i = 0; i < rank; i++) {
      int ia = i - rank + a.rank();
      int ib = i - rank + b.rank();
      long da = ia < 0 ? 1 : a.dims[ia];
      long db = ib < 0 ? 1 : b.dims[ib];
      if (da != db && da != 1 && db != 1) {
        throw new ShapeException(
            "shapes "
                + a
                + " and "
                + b
                + " do not broadcast: dimension "
                + i
                + " of the result is "
                + da
                + " in one and "
                + db
                + " in the other; they must be equal or 1");
      }
      out[i] = da == 1 ? db : da;
    }
    return new Shape(out);
  }

  @Override
  public boolean equals(Object o) {
    return o == this || o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
