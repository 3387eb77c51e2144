package io.arclight.tensor;

import io.arclight.tensor.op.FftOp;
import io.arclight.tensor.op.FftOp.Direction;
import io.arclight.tensor.op.FftOp.Kind;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Discrete Fourier transforms, {@code torch.fft}: complex64 and complex128, and float32 and float64
 * where numbers are real; integers become the default dtype.
 *
 * <p>A length {@code n} of a dimension is reached by dropping values or by adding zeros; -1 stands
 * for the dimension's own.
 */
public final class Fft {
  /** A length that is the dimension's own. */
  private static final long OWN = -1;

  private static final Dim LAST_TWO = Dim.of(-2, -1);

  /** Which transform is divided by the number of values. */
  public enum Norm {
    /** The inverse one. */
    BACKWARD,
    /** Both, by its root. */
    ORTHO,
    /** The forward one. */
    FORWARD;

    private double scale(Direction direction, long n) {
      return switch (this) {
        case ORTHO -> 1 / Math.sqrt(n);
        case BACKWARD -> direction == Direction.INVERSE ? 1.0 / n : 1;
        case FORWARD -> direction == Direction.FORWARD ? 1.0 / n : 1;
      };
    }
  }

  private Fft() {}

  // ---- one dimension

  /** The transform of the last dimension. */
  public static Tensor fft(Tensor x) {
    return fft(x, OWN, -1, Norm.BACKWARD);
  }

  /** The transform of {@code dim}, cut or filled with zeros to n values. */
  public static Tensor fft(Tensor x, long n, int dim, Norm norm) {
    return complex(complexInput(x), n, dim, Direction.FORWARD, norm);
  }

  /** The inverse transform of the last dimension. */
  public static Tensor ifft(Tensor x) {
    return ifft(x, OWN, -1, Norm.BACKWARD);
  }

  /** The inverse transform of {@code dim}, cut or filled with zeros to n values. */
  public static Tensor ifft(Tensor x, long n, int dim, Norm norm) {
    return complex(complexInput(x), n, dim, Direction.INVERSE, norm);
  }

  /** The first n / 2 + 1 values of the transform of n real numbers; the others are conjugates. */
  public static Tensor rfft(Tensor x) {
    return rfft(x, OWN, -1, Norm.BACKWARD);
  }

  /** {@link #rfft(Tensor)} of {@code dim}, cut or filled with zeros to n values. */
  public static Tensor rfft(Tensor x, long n, int dim, Norm norm) {
    return toHalf(realInput("rfft", x), n, dim, Direction.FORWARD, norm);
  }

  /** The inverse of {@link #rfft(Tensor)}, of an even number of values. */
  public static Tensor irfft(Tensor x) {
    return irfft(x, OWN, -1, Norm.BACKWARD);
  }

  /** The n real numbers whose transform begins with these n / 2 + 1 values. */
  public static Tensor irfft(Tensor x, long n, int dim, Norm norm) {
    return toReal(complexInput(x), n, dim, Direction.INVERSE, norm);
  }

  /** The real transform of values that begin with these and go on as their conjugates. */
  public static Tensor hfft(Tensor x) {
    return hfft(x, OWN, -1, Norm.BACKWARD);
  }

  /** {@link #hfft(Tensor)} of {@code dim}, to n values. */
  public static Tensor hfft(Tensor x, long n, int dim, Norm norm) {
    return toReal(complexInput(x).conj(), n, dim, Direction.FORWARD, norm);
  }

  /** The inverse of {@link #hfft(Tensor)}: half of the inverse transform of real numbers. */
  public static Tensor ihfft(Tensor x) {
    return ihfft(x, OWN, -1, Norm.BACKWARD);
  }

  /** {@link #ihfft(Tensor)} of {@code dim}, cut or filled with zeros to n values. */
  public static Tensor ihfft(Tensor x, long n, int dim, Norm norm) {
    return toHalf(realInput("ihfft", x), n, dim, Direction.INVERSE, norm).conj();
  }

  // ---- several dimensions

  /** The transform of the last two dimensions. */
  public static Tensor fft2(Tensor x) {
    return fftn(x, null, LAST_TWO, Norm.BACKWARD);
  }

  /** {@link #fftn(Tensor, long[], Dim, Norm)} under the name for two dimensions. */
  public static Tensor fft2(Tensor x, long[] sizes, Dim dims, Norm norm) {
    return fftn(x, sizes, dims, norm);
  }

  /** The inverse transform of the last two dimensions. */
  public static Tensor ifft2(Tensor x) {
    return ifftn(x, null, LAST_TWO, Norm.BACKWARD);
  }

  /** {@link #ifftn(Tensor, long[], Dim, Norm)} under the name for two dimensions. */
  public static Tensor ifft2(Tensor x, long[] sizes, Dim dims, Norm norm) {
    return ifftn(x, sizes, dims, norm);
  }

  /** The transform of two real dimensions, half of it in the last. */
  public static Tensor rfft2(Tensor x) {
    return rfftn(x, null, LAST_TWO, Norm.BACKWARD);
  }

  /** {@link #rfftn(Tensor, long[], Dim, Norm)} under the name for two dimensions. */
  public static Tensor rfft2(Tensor x, long[] sizes, Dim dims, Norm norm) {
    return rfftn(x, sizes, dims, norm);
  }

  /** The inverse of {@link #rfft2(Tensor)}. */
  public static Tensor irfft2(Tensor x) {
    return irfftn(x, null, LAST_TWO, Norm.BACKWARD);
  }

  /** {@link #irfftn(Tensor, long[], Dim, Norm)} under the name for two dimensions. */
  public static Tensor irfft2(Tensor x, long[] sizes, Dim dims, Norm norm) {
    return irfftn(x, sizes, dims, norm);
  }

  /** The transform of all dimensions. */
  public static Tensor fftn(Tensor x) {
    return fftn(x, null, Dim.ALL, Norm.BACKWARD);
  }

  /**
   * The transform of {@code dims}.
   *
   * @param sizes of these dimensions, or null for their own; without dims, of the last ones
   */
  public static Tensor fftn(Tensor x, long[] sizes, Dim dims, Norm norm) {
    Axes axes = Axes.of("fftn", x, sizes, dims);
    return complexes(complexInput(x), axes, axes.count(), Direction.FORWARD, norm);
  }

  /** The inverse transform of all dimensions. */
  public static Tensor ifftn(Tensor x) {
    return ifftn(x, null, Dim.ALL, Norm.BACKWARD);
  }

  /** The inverse of {@link #fftn(Tensor, long[], Dim, Norm)}. */
  public static Tensor ifftn(Tensor x, long[] sizes, Dim dims, Norm norm) {
    Axes axes = Axes.of("ifftn", x, sizes, dims);
    return complexes(complexInput(x), axes, axes.count(), Direction.INVERSE, norm);
  }

  /** The transform of real numbers in all dimensions, half of it in the last. */
  public static Tensor rfftn(Tensor x) {
    return rfftn(x, null, Dim.ALL, Norm.BACKWARD);
  }

  /** The transform of real numbers, half of it in the last of {@code dims}. */
  public static Tensor rfftn(Tensor x, long[] sizes, Dim dims, Norm norm) {
    Axes axes = Axes.of("rfftn", x, sizes, dims).needed("rfftn");
    int last = axes.count() - 1;
    Tensor half =
        toHalf(realInput("rfftn", x), axes.size(last), axes.dims[last], Direction.FORWARD, norm);
    return complexes(half, axes, last, Direction.FORWARD, norm);
  }

  /** The inverse of {@link #rfftn(Tensor)}, of an even number of values in the last dimension. */
  public static Tensor irfftn(Tensor x) {
    return irfftn(x, null, Dim.ALL, Norm.BACKWARD);
  }

  /** The inverse of {@link #rfftn(Tensor, long[], Dim, Norm)}, of these sizes. */
  public static Tensor irfftn(Tensor x, long[] sizes, Dim dims, Norm norm) {
    Axes axes = Axes.of("irfftn", x, sizes, dims).needed("irfftn");
    int last = axes.count() - 1;
    Tensor rest = complexes(complexInput(x), axes, last, Direction.INVERSE, norm);
    return toReal(rest, axes.size(last), axes.dims[last], Direction.INVERSE, norm);
  }

  /** The dimensions of a transform and their sizes, which may be null. */
  private record Axes(int[] dims, long[] sizes) {
    static Axes of(String op, Tensor x, long[] sizes, Dim dims) {
      int[] named = dims.dims();
      int[] all =
          named.length > 0
              ? Arrays.stream(named).map(x.shape()::wrap).toArray()
              : IntStream.range(sizes == null ? 0 : x.rank() - sizes.length, x.rank()).toArray();
      if (sizes != null && sizes.length != all.length) {
        throw new ShapeException(
            op + ": sizes " + Arrays.toString(sizes) + " for dimensions " + Arrays.toString(all));
      }
      if (Arrays.stream(all).anyMatch(d -> d < 0)
          || Arrays.stream(all).distinct().count() < all.length) {
        throw new ShapeException(
            op
                + ": dimensions "
                + Arrays.toString(named)
                + " and sizes "
                + Arrays.toString(sizes)
                + " do not fit shape "
                + x.shape());
      }
      return new Axes(all, sizes);
    }

    Axes needed(String op) {
      if (dims.length == 0) {
        throw new ShapeException(op + ": needs at least one dimension to transform");
      }
      return this;
    }

    int count() {
      return dims.length;
    }

    long size(int i) {
      return sizes == null ? OWN : sizes[i];
    }
  }

  // ---- frequencies and order

  /** The frequencies of n values, {@code step} apart: 0, 1, ..., -1 over {@code n step}. */
  public static Tensor fftfreq(long n, double step) {
    long positive = (n + 1) / 2;
    Tensor below = Tensor.arange(-(n / 2), 0, 1, DType.INT64, Device.defaultDevice());
    Tensor above = Tensor.arange(0, positive, 1, DType.INT64, Device.defaultDevice());
    return Tensor.cat(0, above, below).to(DType.defaultDType()).mul(1 / (n * step));
  }

  /** {@link #fftfreq(long, double)} of values 1 apart. */
  public static Tensor fftfreq(long n) {
    return fftfreq(n, 1);
  }

  /** The frequencies of half a spectrum of n values. */
  public static Tensor rfftfreq(long n, double step) {
    Tensor all = Tensor.arange(0, n / 2 + 1, 1, DType.INT64, Device.defaultDevice());
    return all.to(DType.defaultDType()).mul(1 / (n * step));
  }

  /** {@link #rfftfreq(long, double)} of values 1 apart. */
  public static Tensor rfftfreq(long n) {
    return rfftfreq(n, 1);
  }

  /** Moves frequency 0 to the middle of all dimensions. */
  public static Tensor fftshift(Tensor x) {
    return fftshift(x, Dim.ALL);
  }

  /** Moves frequency 0 to the middle of {@code dims}. */
  public static Tensor fftshift(Tensor x, Dim dims) {
    int[] all = dims.resolve(x.shape(), "fftshift");
    return x.roll(Arrays.stream(all).mapToLong(d -> x.dim(d) / 2).toArray(), all);
  }

  /** Undoes {@link #fftshift(Tensor)}. */
  public static Tensor ifftshift(Tensor x) {
    return ifftshift(x, Dim.ALL);
  }

  /** Undoes {@link #fftshift(Tensor, Dim)}. */
  public static Tensor ifftshift(Tensor x, Dim dims) {
    int[] all = dims.resolve(x.shape(), "ifftshift");
    return x.roll(Arrays.stream(all).mapToLong(d -> (x.dim(d) + 1) / 2).toArray(), all);
  }

  // ---- what they are made of

  private static Tensor complexInput(Tensor x) {
    if (x.dtype().isComplex()) {
      return x;
    }
    Tensor real = real(x);
    return real.to(real.dtype().toComplex());
  }

  private static Tensor realInput(String op, Tensor x) {
    if (x.dtype().isComplex()) {
      throw new DTypeException(op + ": needs real numbers, not " + x.dtype() + ": use fft");
    }
    return real(x);
  }

  private static Tensor real(Tensor given) {
    Tensor x = Context.wide(given);
    if (x.dtype() == DType.FLOAT16 || x.dtype() == DType.BFLOAT16) {
      throw new DTypeException("fft: has no " + x.dtype() + ": convert with to(FLOAT32)");
    }
    return x.dtype().isFloatingPoint() ? x : x.to(DType.defaultDType());
  }

  private static Tensor complexes(Tensor x, Axes axes, int count, Direction direction, Norm norm) {
    Tensor out = x;
    for (int i = count - 1; i >= 0; i--) {
      out = complex(out, axes.size(i), axes.dims[i], direction, norm);
    }
    return out;
  }

  private static Tensor complex(Tensor x, long n, int dim, Direction direction, Norm norm) {
    int d = wrap(x, dim);
    Tensor fitted = resized(x, d, n == OWN ? x.dim(d) : n);
    long length = fitted.dim(d);
    FftOp op = new FftOp(Kind.COMPLEX, direction, length, norm.scale(direction, length));
    return along(op, fitted, d);
  }

  private static Tensor toHalf(Tensor x, long n, int dim, Direction direction, Norm norm) {
    int d = wrap(x, dim);
    Tensor fitted = resized(x, d, n == OWN ? x.dim(d) : n);
    long length = fitted.dim(d);
    double scale = norm.scale(direction, length);
    return along(new FftOp(Kind.REAL_TO_HALF, Direction.FORWARD, length, scale), fitted, d);
  }

  private static Tensor toReal(Tensor x, long n, int dim, Direction direction, Norm norm) {
    int d = wrap(x, dim);
    long length = n == OWN ? 2 * (x.dim(d) - 1) : n;
    requirePositive(length, x);
    Tensor fitted = resized(x, d, length / 2 + 1);
    double scale = norm.scale(direction, length);
    return along(new FftOp(Kind.HALF_TO_REAL, Direction.INVERSE, length, scale), fitted, d);
  }

  private static int wrap(Tensor x, int dim) {
    if (x.rank() == 0) {
      throw new ShapeException("fft: needs at least one dimension, got a scalar");
    }
    return x.shape().wrap(dim);
  }

  private static void requirePositive(long n, Tensor x) {
    if (n < 1) {
      throw new ShapeException(
          "fft: cannot transform " + n + " values, of shape " + x.shape() + ": n must be positive");
    }
  }

  private static Tensor resized(Tensor x, int dim, long n) {
    requirePositive(n, x);
    long own = x.dim(dim);
    return n == own ? x : n < own ? x.narrow(dim, 0, n) : x.pad(dim, 0, n - own, 0);
  }

  private static Tensor along(FftOp op, Tensor x, int dim) {
    boolean last = dim == x.rank() - 1;
    Tensor out = Tensor.apply(op, last ? x : x.transpose(dim, -1));
    return last ? out : out.transpose(dim, -1);
  }
}
