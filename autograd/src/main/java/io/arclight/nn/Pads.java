package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** Padding of the last dimensions, in each mode. */
final class Pads {
  private Pads() {}

  static Tensor pad(Tensor input, PadMode mode, long... sizes) {
    if (mode == PadMode.CONSTANT) {
      return constant(input, 0, sizes);
    }
    requirePairs(input, sizes);
    int dims = sizes.length / 2;
    int lead = input.rank() - dims;
    if (dims < 1 || dims > 3 || lead < 1 || lead > 2) {
      throw new ShapeException(
          "pad: mode %s pads the last 1 to 3 dimensions behind one or two others, not %d of shape %s"
              .formatted(mode, dims, input.shape()));
    }
    Tensor out = input;
    for (int i = 0; i < dims; i++) {
      out = pad(out, input.shape(), mode, input.rank() - 1 - i, sizes[2 * i], sizes[2 * i + 1]);
    }
    return out;
  }

  static Tensor constant(Tensor input, Number value, long... sizes) {
    requirePairs(input, sizes);
    Tensor out = input;
    for (int i = 0; i < sizes.length / 2; i++) {
      int dim = input.rank() - 1 - i;
      long before = sizes[2 * i];
      long after = sizes[2 * i + 1];
      long cut = Math.max(0, -before);
      long kept = input.dim(dim) - cut - Math.max(0, -after);
      if (kept < 0) {
        throw new ShapeException(
            "pad: dimension %d of shape %s has no %d and %d elements to take away"
                .formatted(dim, input.shape(), cut, Math.max(0, -after)));
      }
      out = kept == input.dim(dim) ? out : out.narrow(dim, cut, kept);
      if (before > 0 || after > 0) {
        out = out.pad(dim, Math.max(0, before), Math.max(0, after), value);
      }
    }
    return out == input ? input.copy() : out;
  }

  private static void requirePairs(Tensor input, long... sizes) {
    if (sizes.length % 2 != 0 || sizes.length / 2 > input.rank()) {
      throw new ShapeException(
          "pad: expects two sizes for each dimension, from the last one on, got %s for shape %s"
              .formatted(Arrays.toString(sizes), input.shape()));
    }
  }

  private static Tensor pad(Tensor x, Shape shape, PadMode mode, int dim, long before, long after) {
    long n = x.dim(dim);
    long most =
        switch (mode) {
          case REFLECT -> n - 1;
          case CIRCULAR -> n;
          default -> n == 0 ? 0 : Long.MAX_VALUE;
        };
    if (before > most || after > most) {
      throw new ShapeException(
          "pad: mode %s gives at most %d elements on a side of dimension %d of shape %s, not %d and %d"
              .formatted(mode, most, dim, shape, before, after));
    }
    long length = n + before + after;
    if (length < 1) {
      throw new ShapeException(
          "pad: dimension %d of shape %s, padded by %d and %d, has no elements left"
              .formatted(dim, shape, before, after));
    }
    if (before == 0 && after == 0) {
      return x;
    }
    long[] places = new long[Math.toIntExact(length)];
    // What is taken away does not come back on the other side.
    long first = mode == PadMode.CIRCULAR ? Math.max(0, -before) : 0;
    long last = mode == PadMode.CIRCULAR ? n - Math.max(0, -after) : n;
    for (int i = 0; i < places.length; i++) {
      places[i] = first + place(mode, i - before - first, last - first);
    }
    return x.indexSelect(dim, Tensor.of(places).to(x.device()));
  }

  private static long place(PadMode mode, long i, long n) {
    return switch (mode) {
      case REFLECT -> i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
      case CIRCULAR -> Math.floorMod(i, n);
      default -> Math.max(0, Math.min(n - 1, i));
    };
  }
}
