package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** Makes the inputs of samples: seeded, in one dtype, on one device. */
public final class SampleInputs {
  private final DType dtype;
  private final Device device;
  private final Generator generator;
  private final SampleShapes shapes;

  public SampleInputs(DType dtype, Device device) {
    this(dtype, device, 11, SampleShapes.AS_DECLARED);
  }

  private SampleInputs(DType dtype, Device device, long seed, SampleShapes shapes) {
    this.dtype = dtype;
    this.device = device;
    this.generator = new Generator(seed);
    this.shapes = shapes;
  }

  /**
   * Inputs for which every size that a sample names is replaced, the same by the same, and whose
   * memory is laid out at random. Samples whose attributes depend on sizes may then be invalid, and
   * {@link #indices} fails where there are none.
   */
  public static SampleInputs random(DType dtype, Device device, long seed) {
    return new SampleInputs(dtype, device, seed, SampleShapes.random(seed));
  }

  /** Inputs of a dtype that is not this one: float32, or float64 where this is that. */
  SampleInputs other() {
    return new SampleInputs(dtype == DType.FLOAT32 ? DType.FLOAT64 : DType.FLOAT32, device);
  }

  public DType dtype() {
    return dtype;
  }

  public Device device() {
    return device;
  }

  /** Values on [low, high), of complex ones both parts; integers are rounded towards zero. */
  public Tensor range(double low, double high, long... shape) {
    if (dtype.isComplex()) {
      Tensor re = uniform(shape).mul(high - low).add(low);
      return complex(re, uniform(shape).mul(high - low).add(low));
    }
    return convert(uniform(shape).mul(high - low).add(low));
  }

  /** Values around 0, away from corners such as relu's by at least 0.05 where real. */
  public Tensor any(long... shape) {
    if (dtype == DType.BOOL) {
      return mask(shape);
    }
    if (dtype == DType.UINT8) {
      return range(0, 12, shape);
    }
    if (dtype.isComplex()) {
      return complex(uniform(shape).mul(4).sub(2), uniform(shape).mul(4).sub(2));
    }
    Tensor u = uniform(shape).mul(4).sub(2);
    if (!dtype.isFloatingPoint()) {
      u = u.mul(4);
    } else {
      u = u.add(u.sign().mul(0.05));
    }
    return convert(u);
  }

  /**
   * As {@link #any}, of this very shape also where sizes are replaced: for attributes that fit it.
   */
  public Tensor exactly(long... shape) {
    SampleInputs declared =
        new SampleInputs(dtype, device, Arrays.hashCode(shape), SampleShapes.AS_DECLARED);
    return shapes.layOut(declared.any(shape));
  }

  /** {@code x}, a vector, with 0 at {@code places}. */
  Tensor withZeros(Tensor x, long... places) {
    return x.indexFill(0, places(places), 0);
  }

  /** Values on [0.2, 3), of complex ones the real parts; positive integers. */
  public Tensor positive(long... shape) {
    if (dtype.isComplex()) {
      return complex(uniform(shape).mul(2.8).add(0.2), uniform(shape).mul(4).sub(2));
    }
    return dtype.isFloatingPoint() ? range(0.2, 3, shape) : range(1, 9, shape);
  }

  /** Six rows of four: with infinities of either sign, of nothing else, with NaN, and far apart. */
  public Tensor edgeRows() {
    double infinity = Double.POSITIVE_INFINITY;
    return convert(
            Tensor.of(
                1.0,
                infinity,
                -2,
                0.5,
                1,
                -infinity,
                -2,
                0.5,
                infinity,
                -infinity,
                infinity,
                1,
                -infinity,
                -infinity,
                -infinity,
                -infinity,
                1,
                Double.NaN,
                2,
                0,
                300,
                -300,
                299,
                0))
        .reshape(6, 4);
  }

  /**
   * Values at the edges: zeros, infinities, NaN, large numbers and such with short fractions; 0, 1
   * and the extremes of integers.
   */
  public Tensor edges() {
    if (!dtype.isDifferentiable()) {
      long least = dtype.iinfo().min();
      long most = dtype.iinfo().max();
      return Tensor.of(0L, 1, 2, 7, 12, 100, most - 1, most, least, least + 1).to(dtype).to(device);
    }
    double infinity = Double.POSITIVE_INFINITY;
    return convert(
        Tensor.of(
            0.0,
            -0.0,
            1,
            -1,
            2.5,
            -2.5,
            0.5,
            -0.125,
            9,
            -3,
            1e9,
            -1e9,
            infinity,
            -infinity,
            Double.NaN));
  }

  /** Matrices like {@link #any}'s that are well away from singular ones. */
  public Tensor square(long... shape) {
    long n = shape[shape.length - 1];
    Tensor x = any(shape);
    return x.add(Matrices.identity(x, n).mul(4));
  }

  /** int64, {@code value} in every place. */
  public Tensor index(long value, long... shape) {
    return Tensor.full(shapes.shape(shape), value, DType.INT64, device);
  }

  /** int64 on [0, n). */
  public Tensor indices(long n, long... shape) {
    return placed(generator.integers(0, shapes.size(n), shapes.shape(shape), Device.CPU));
  }

  /** int64, these indices. */
  public Tensor places(long... indices) {
    return Tensor.of(indices).to(device);
  }

  public Tensor mask(long... shape) {
    return placed(uniform(shape).lt(0.5));
  }

  /** Values like {@link #any}'s, [n, channels, places...], with the channels last in memory. */
  public Tensor channelsLast(long... shape) {
    Tensor x = any(shape);
    return x.movedim(1, -1).contiguous().movedim(-1, 1);
  }

  /** A transposed view of values like {@link #any}. */
  public Tensor transposed(long rows, long columns) {
    return any(columns, rows).t();
  }

  /** Every second column of a wider tensor. */
  public Tensor strided(long rows, long columns) {
    Tensor dense = any(rows, columns);
    Shape wide = Shape.of(dense.dim(0), 2 * dense.dim(1));
    return Tensor.zeros(wide, dtype, device).slice(1, 0, wide.dim(1), 2).copyInPlace(dense);
  }

  private Tensor uniform(long... shape) {
    return generator.uniform(shapes.shape(shape), DType.FLOAT64, Device.CPU);
  }

  private Tensor complex(Tensor re, Tensor im) {
    return convert(Tensor.complex(re, im));
  }

  private Tensor convert(Tensor wide) {
    return placed(wide.to(dtype));
  }

  private Tensor placed(Tensor host) {
    return shapes.layOut(host.to(device));
  }
}
