package io.arclight.tensor;

import java.util.Arrays;

/** The dimensions that a reduction runs over; negative ones count from the end. */
public record Dim(int... dims) {
  /** All dimensions. */
  public static final Dim ALL = new Dim();

  /** Whether reduced dimensions stay, with size 1. */
  public enum Keep {
    DROP,
    KEEP
  }

  /** These dimensions. */
  public static Dim of(int... dims) {
    return new Dim(dims.clone());
  }

  /** The dimensions as sorted indices from the front for {@code shape}; all if none were named. */
  public int[] resolve(Shape shape, String op) {
    if (dims.length == 0) {
      int[] all = new int[shape.rank()];
      Arrays.setAll(all, i -> i);
      return all;
    }
    if (shape.rank() == 0 && dims.length == 1 && (dims[0] == 0 || dims[0] == -1)) {
      return new int[0]; // as in PyTorch a scalar passes for a vector of one element
    }
    int[] out = new int[dims.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = shape.wrap(dims[i]);
    }
    Arrays.sort(out);
    for (int i = 1; i < out.length; i++) {
      if (out[i] == out[i - 1]) {
        throw new ShapeException(
            op + ": dimension " + out[i] + " appears twice in " + Arrays.toString(dims));
      }
    }
    return out;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Dim d && Arrays.equals(d.dims, dims);
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
