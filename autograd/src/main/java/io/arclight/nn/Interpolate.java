package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.AdaptiveAvgPoolOp;
import io.arclight.tensor.op.ResampleOp;
import io.arclight.tensor.op.ResampleOp.Alignment;
import java.util.Arrays;

/** Resizes one dimension after the other. */
final class Interpolate {
  private Interpolate() {}

  static Tensor of(Tensor input, InterpolateOptions options) {
    int places = input.rank() - 2;
    require(input, places, options);
    double[] scales = options.scaleFactor() == null ? null : spread(options, places);
    long[] sizes = new long[places];
    for (int d = 0; d < places; d++) {
      sizes[d] =
          scales == null
              ? options.size()[options.size().length == 1 ? 0 : d]
              : (long) Math.floor(input.dim(d + 2) * scales[d]);
    }
    if (Arrays.stream(sizes).anyMatch(s -> s < 1) || places(input) == 0) {
      throw new ShapeException(
          "interpolate: input and output need positive sizes, got "
              + input.shape()
              + " to "
              + Arrays.toString(sizes));
    }
    if (options.mode() == InterpolateOptions.Mode.AREA) {
      return Tensor.apply(new AdaptiveAvgPoolOp(Shape.of(sizes)), input);
    }
    if (!input.dtype().isFloatingPoint()) {
      return picked(input, sizes, scales, options);
    }
    // Halves are rounded once, not after every dimension.
    Tensor out = places > 1 ? input.to(input.dtype().accumulator()) : input;
    for (int d = places - 1; d >= 0; d--) {
      ResampleOp op = op(d + 2, input.dim(d + 2), sizes[d], scale(scales, d, options), options);
      boolean same = sizes[d] == input.dim(d + 2) && op.step() == 1;
      out = same ? out : Tensor.apply(op, out);
    }
    return out.to(input.dtype());
  }

  private static long places(Tensor input) {
    long out = input.dim(1);
    for (int d = 2; d < input.rank(); d++) {
      out *= input.dim(d);
    }
    return out;
  }

  private static double scale(double[] scales, int d, InterpolateOptions options) {
    boolean given = options.recompute() == InterpolateOptions.Recompute.FROM_SCALE;
    return scales != null && given ? scales[d] : 0;
  }

  private static ResampleOp op(
      int dim, long in, long out, double scale, InterpolateOptions options) {
    double step;
    if (options.alignment() == Alignment.CORNERS) {
      step = out > 1 ? (in - 1.0) / (out - 1) : 0;
    } else {
      step = scale > 0 ? 1 / scale : (double) in / out;
    }
    return new ResampleOp(
        dim, in, out, options.filter(), options.alignment(), step, ResampleOp.Direction.FORWARD);
  }

  /** The nearest elements of a tensor that is not of floats. */
  private static Tensor picked(
      Tensor input, long[] sizes, double[] scales, InterpolateOptions options) {
    boolean exact = options.mode() == InterpolateOptions.Mode.NEAREST_EXACT;
    if (!exact && options.mode() != InterpolateOptions.Mode.NEAREST) {
      throw new DTypeException(
          "interpolate: mode "
              + options.mode()
              + " needs a floating-point tensor, not "
              + input.dtype()
              + ": convert with to(FLOAT32)");
    }
    Tensor out = input;
    for (int d = 0; d < sizes.length; d++) {
      double scale = scale(scales, d, options);
      float step = (float) (scale > 0 ? 1 / scale : (double) input.dim(d + 2) / sizes[d]);
      long[] places = new long[Math.toIntExact(sizes[d])];
      for (int o = 0; o < places.length; o++) {
        double at = Math.floor((exact ? o + 0.5f : o) * step);
        places[o] = (long) Math.min(at, input.dim(d + 2) - 1);
      }
      out = out.indexSelect(d + 2, Tensor.of(places).to(DType.INT64).to(input.device()));
    }
    return out;
  }

  private static double[] spread(InterpolateOptions options, int places) {
    double[] out = new double[places];
    for (int d = 0; d < places; d++) {
      out[d] = options.scaleFactor()[options.scaleFactor().length == 1 ? 0 : d];
    }
    return out;
  }

  private static void require(Tensor input, int places, InterpolateOptions options) {
    InterpolateOptions.Mode mode = options.mode();
    boolean fits =
        switch (mode) {
          case NEAREST, NEAREST_EXACT, AREA -> places >= 1 && places <= 3;
          case LINEAR -> places == 1;
          case BILINEAR, BICUBIC, LANCZOS -> places == 2;
          case TRILINEAR -> places == 3;
        };
    if (!fits) {
      throw new ShapeException(
          "interpolate: mode "
              + mode
              + " is not for an input of shape "
              + input.shape()
              + ": linear takes [n, channels, length], bilinear, bicubic and lanczos 4 dimensions,"
              + " trilinear 5, the others 3 to 5");
    }
    int given = options.size() == null ? options.scaleFactor().length : options.size().length;
    if (given != 1 && given != places) {
      throw new ShapeException(
          "interpolate: takes one size or scale for all dimensions or one for each of the "
              + places
              + " after the channels, not "
              + given);
    }
    boolean corners = options.alignment() == Alignment.CORNERS;
    boolean smooth =
        options.filter() != ResampleOp.Filter.NEAREST
            && options.filter() != ResampleOp.Filter.NEAREST_EXACT
            && mode != InterpolateOptions.Mode.AREA;
    if (corners && (!smooth || mode == InterpolateOptions.Mode.LANCZOS)) {
      throw new IllegalArgumentException(
          "interpolate: alignCorners() is for linear, bilinear, bicubic and trilinear, not "
              + mode);
    }
    boolean wide = options.antialias() == InterpolateOptions.Antialias.ON;
    boolean may = places == 2 && smooth;
    if (wide && !may || !wide && mode == InterpolateOptions.Mode.LANCZOS) {
      throw new IllegalArgumentException(
          "interpolate: antialiased() is for bilinear and bicubic, and lanczos needs it; mode is "
              + mode);
    }
  }
}
