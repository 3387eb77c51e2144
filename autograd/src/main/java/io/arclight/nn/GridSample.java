package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ResampleOp.Alignment;
import java.util.Arrays;

/** One sampling of an input at the places of a grid. */
final class GridSample {
  /** Of a cubic's weights. */
  private static final double SHARP = -0.75;

  private final Tensor input;
  private final Tensor grid;
  private final GridSampleOptions options;
  private final int places;
  private final long[] sizes;

  GridSample(Tensor input, Tensor grid, GridSampleOptions options) {
    places = input.rank() - 2;
    boolean fits = (places == 2 || places == 3) && grid.rank() == input.rank();
    if (!fits || grid.dim(-1) != places || grid.dim(0) != input.dim(0)) {
      throw new ShapeException(
          "gridSample: expects an input [n, channels, height, width] and a grid [n, height, width,"
              + " 2], or [n, channels, depth, height, width] and [n, depth, height, width, 3], got "
              + input.shape()
              + " and "
              + grid.shape());
    }
    for (int d = 2; d < input.rank(); d++) {
      if (input.dim(d) == 0) {
        throw new ShapeException(
            "gridSample: needs elements in every dimension of places, got shape " + input.shape());
      }
    }
    if (options.mode() == GridSampleOptions.Mode.BICUBIC && places != 2) {
      throw new ShapeException(
          "gridSample: bicubic is for [n, channels, height, width], got shape " + input.shape());
    }
    if (grid.dtype() != input.dtype()) {
      throw new DTypeException(
          "gridSample: input " + input.dtype() + " and grid " + grid.dtype() + " must agree");
    }
    this.input = input.reshape(input.dim(0), input.dim(1), elements(input));
    this.grid = grid;
    this.options = options;
    sizes = Arrays.copyOfRange(input.shape().toArray(), 2, input.rank());
  }

  private static long elements(Tensor input) {
    long out = 1;
    for (int d = 2; d < input.rank(); d++) {
      out *= input.dim(d);
    }
    return out;
  }

  /** A place along one dimension and what it weighs. */
  private record Part(Tensor place, Tensor weight) {}

  Tensor run() {
    Part[][] parts = new Part[places][];
    for (int d = 0; d < places; d++) {
      Tensor at = unnormalized(grid.select(-1, places - 1 - d), sizes[d]);
      parts[d] =
          switch (options.mode()) {
            case NEAREST -> nearest(padded(at, sizes[d]));
            case BILINEAR -> linear(padded(at, sizes[d]));
            case BICUBIC -> cubic(at, sizes[d]);
          };
    }
    Tensor sum = null;
    int[] choice = new int[places];
    for (boolean more = true; more; more = next(choice, parts)) {
      Tensor term = sample(parts, choice);
      sum = sum == null ? term : sum.add(term);
    }
    long[] shape = grid.shape().toArray();
    long[] out = new long[places + 2];
    out[0] = shape[0];
    out[1] = input.dim(1);
    System.arraycopy(shape, 1, out, 2, places);
    return sum.reshape(out);
  }

  private static boolean next(int[] choice, Part[][] parts) {
    for (int d = choice.length - 1; d >= 0; d--) {
      if (++choice[d] < parts[d].length) {
        return true;
      }
      choice[d] = 0;
    }
    return false;
  }

  /** [n, channels, grid]: the elements at the chosen parts, weighted; 0 outside. */
  private Tensor sample(Part[][] parts, int[] choice) {
    Tensor index = null;
    Tensor weight = null;
    Tensor inside = null;
    for (int d = 0; d < places; d++) {
      Part part = parts[d][choice[d]];
      Tensor at = part.place.detach();
      Tensor there = at.ge(0).logicalAnd(at.le(sizes[d] - 1));
      inside = inside == null ? there : inside.logicalAnd(there);
      Tensor near = Tensor.where(there, at, at.zerosLike()).to(DType.INT64);
      index = index == null ? near : index.mul(sizes[d]).add(near);
      weight = weight == null ? part.weight : weight.mul(part.weight);
    }
    long n = input.dim(0);
    long count = index.elements() / Math.max(1, n);
    Shape each = Shape.of(n, input.dim(1), count);
    Tensor values = input.gather(2, index.reshape(n, 1, count).expand(each));
    values = values.mul(weight.reshape(n, 1, count));
    return Tensor.where(inside.reshape(n, 1, count), values, values.zerosLike());
  }

  private Tensor unnormalized(Tensor g, long size) {
    return options.alignment() == Alignment.CORNERS
        ? g.add(1).mul((size - 1) / 2.0)
        : g.add(1).mul(size).sub(1).div(2);
  }

  private Tensor padded(Tensor at, long size) {
    return switch (options.padding()) {
      case ZEROS -> at;
      case BORDER -> at.clamp(0, size - 1);
      case REFLECTION -> reflected(at, size).clamp(0, size - 1);
    };
  }

  private Tensor reflected(Tensor at, long size) {
    boolean corners = options.alignment() == Alignment.CORNERS;
    double low = corners ? 0 : -0.5;
    double span = corners ? size - 1 : size;
    if (span == 0) {
      return at.mul(0);
    }
    Tensor from = at.sub(low).abs();
    Tensor rest = from.fmod(span);
    Tensor even = from.detach().div(span).floor().remainder(2).eq(0);
    return Tensor.where(even, rest.add(low), rest.neg().add(span + low));
  }

  /** Weighs 1, as a function of the grid, whose gradient is 0. */
  private static Part[] nearest(Tensor at) {
    Tensor place = at.round();
    return new Part[] {new Part(place, place.sub(place.detach()).add(1))};
  }

  private static Part[] linear(Tensor at) {
    Tensor first = at.detach().floor();
    Tensor part = at.sub(first);
    return new Part[] {new Part(first, part.neg().add(1)), new Part(first.add(1), part)};
  }

  private Part[] cubic(Tensor at, long size) {
    Tensor first = at.detach().floor();
    Tensor part = at.sub(first);
    Part[] out = new Part[4];
    for (int t = 0; t < 4; t++) {
      Tensor x = part.add(1 - t).abs();
      out[t] = new Part(padded(first.add(t - 1), size), t == 0 || t == 3 ? outer(x) : inner(x));
    }
    return out;
  }

  /** For x from 0 to 1. */
  private static Tensor inner(Tensor x) {
    return x.mul(SHARP + 2).sub(SHARP + 3).mul(x).mul(x).add(1);
  }

  /** For x from 1 to 2. */
  private static Tensor outer(Tensor x) {
    return x.sub(5).mul(x).add(8).mul(x).mul(SHARP).sub(4 * SHARP);
  }
}
