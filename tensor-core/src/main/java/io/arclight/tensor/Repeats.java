package io.arclight.tensor;

import java.util.Arrays;

/** Repeating and turning, made of other operations. */
final class Repeats {
  private Repeats() {}

  static Tensor repeat(Tensor x, long... times) {
    int extra = times.length - x.rank();
    if (extra < 0) {
      throw new ShapeException(
          "repeat: "
              + times.length
              + " numbers for shape "
              + x.shape()
              + ": give one for each dimension, or use tile");
    }
    // Every dimension n becomes [times, n], then both are merged.
    long[] split = new long[2 * times.length];
    long[] wide = new long[2 * times.length];
    long[] merged = new long[times.length];
    for (int d = 0; d < times.length; d++) {
      if (times[d] < 0) {
        throw new ShapeException("repeat: negative count in " + Arrays.toString(times));
      }
      long n = d < extra ? 1 : x.dim(d - extra);
      split[2 * d] = 1;
      split[2 * d + 1] = n;
      wide[2 * d] = times[d];
      wide[2 * d + 1] = n;
      merged[d] = times[d] * n;
    }
    Tensor out = x.reshape(Shape.of(split)).expand(wide).reshape(Shape.of(merged));
    return out.storage() == x.storage() ? out.copy() : out;
  }

  static Tensor tile(Tensor x, long... times) {
    long[] all = new long[Math.max(times.length, x.rank())];
    Arrays.fill(all, 1);
    System.arraycopy(times, 0, all, all.length - times.length, times.length);
    return repeat(x, all);
  }

  static Tensor interleave(Tensor x, long times, int dim) {
    if (times < 0) {
      throw new ShapeException("repeatInterleave: negative count " + times);
    }
    int d = x.shape().wrap(dim);
    long[] wide = new long[x.rank() + 1];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = i <= d ? x.dim(i) : i == d + 1 ? times : x.dim(i - 1);
    }
    long[] merged = x.shape().toArray();
    merged[d] *= times;
    Tensor out = x.unsqueeze(d + 1).expand(wide).reshape(Shape.of(merged));
    return out.storage() == x.storage() ? out.copy() : out;
  }

  static Tensor interleave(Tensor x, Tensor times, int dim) {
    long n = x.dim(dim);
    if (!times.dtype().isInteger() || times.rank() > 1) {
      throw new ShapeException(
          "repeatInterleave: the counts must be integers of one dimension, got "
              + times.dtype()
              + " of shape "
              + times.shape());
    }
    if (times.elements() == 1) {
      return interleave(x, times.reshape(1).itemLong(), dim);
    }
    if (times.elements() != n) {
      throw new ShapeException(
          "repeatInterleave: "
              + times.elements()
              + " counts for dimension "
              + dim
              + " of size "
              + n
              + " in shape "
              + x.shape());
    }
    long[] counts = times.toLongs();
    long total = 0;
    for (long c : counts) {
      if (c < 0) {
        throw new DataException("repeatInterleave: negative count " + c);
      }
      total = Math.addExact(total, c);
    }
    // A mark where each slice's run begins; their running count is the slice.
    Tensor wide = times.detach().to(DType.INT64);
    Tensor begins = wide.cumsum(0).sub(wide);
    Tensor marks = Tensor.zeros(Shape.of(total + 1), DType.INT64, x.device());
    Tensor index =
        marks.scatterAdd(0, begins, Tensor.ones(begins.shape(), DType.INT64, x.device()));
    return x.indexSelect(dim, index.narrow(0, 0, total).cumsum(0).sub(1));
  }

  static Tensor roll(Tensor x, long shift, int dim) {
    if (x.elements() == 0) {
      return x.copy();
    }
    long n = x.dim(dim);
    long first = Math.floorMod(-shift, n);
    return first == 0
        ? x.copy()
        : Tensor.cat(dim, x.narrow(dim, first, n - first), x.narrow(dim, 0, first));
  }

  static Tensor rot90(Tensor x, int quarters, int dim0, int dim1) {
    int a = x.shape().wrap(dim0);
    int b = x.shape().wrap(dim1);
    if (a == b) {
      throw new ShapeException(
          "rot90: turns in two dimensions, got " + dim0 + " and " + dim1 + " of " + x.shape());
    }
    return switch (Math.floorMod(quarters, 4)) {
      case 1 -> x.flip(b).transpose(a, b);
      case 2 -> x.flip(a, b);
      case 3 -> x.flip(a).transpose(a, b);
      default -> x.copy();
    };
  }
}
