package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Makes the inputs of samples: seeded, in one dtype, on one device. */
public final class SampleInputs {
  private final DType dtype;
  private final Device device;
  private final Generator generator = new Generator(11);

  public SampleInputs(DType dtype, Device device) {
    this.dtype = dtype;
    this.device = device;
  }

  public DType dtype() {
    return dtype;
  }

  /** Values on [low, high); integers are rounded towards zero. */
  public Tensor range(double low, double high, long... shape) {
    Tensor u = generator.uniform(Shape.of(shape), DType.FLOAT64, Device.CPU);
    return convert(u.mul(high - low).add(low));
  }

  /** Values around 0, away from corners such as relu's by at least 0.05 where real. */
  public Tensor any(long... shape) {
    if (dtype == DType.BOOL) {
      return generator.uniform(Shape.of(shape), DType.FLOAT64, Device.CPU).lt(0.5).to(device);
    }
    if (dtype == DType.UINT8) {
      return range(0, 12, shape);
    }
    Tensor u = generator.uniform(Shape.of(shape), DType.FLOAT64, Device.CPU).mul(4).sub(2);
    if (!dtype.isFloatingPoint()) {
      u = u.mul(4);
    } else {
      u = u.add(u.sign().mul(0.05));
    }
    return convert(u);
  }

  /** Values on [0.2, 3); positive integers. */
  public Tensor positive(long... shape) {
    return dtype.isFloatingPoint() ? range(0.2, 3, shape) : range(1, 9, shape);
  }

  /**
   * Values at the edges: zeros, infinities, NaN and numbers with short fractions; 0, 1 and the
   * extremes of integers.
   */
  public Tensor edges() {
    if (!dtype.isFloatingPoint()) {
      int bits = 8 * dtype.bytes();
      long least = dtype == DType.UINT8 ? 0 : Long.MIN_VALUE >> (64 - bits);
      long most = dtype == DType.UINT8 ? 255 : ~least;
      return Tensor.of(0L, 1, 2, 7, 12, 100, most - 1, most, least, least + 1)
          .to(dtype)
          .to(device);
    }
    double infinity = Double.POSITIVE_INFINITY;
    return convert(
        Tensor.of(
            0.0, -0.0, 1, -1, 2.5, -2.5, 0.5, -0.125, 9, -3, infinity, -infinity, Double.NaN));
  }

  /** int64, {@code value} in every place. */
  public Tensor index(long value, long... shape) {
    return Tensor.full(Shape.of(shape), value, DType.INT64, device);
  }

  /** int64 on [0, n). */
  public Tensor indices(long n, long... shape) {
    return generator.integers(0, n, Shape.of(shape), Device.CPU).to(device);
  }

  public Tensor mask(long... shape) {
    return generator.uniform(Shape.of(shape), DType.FLOAT64, Device.CPU).lt(0.5).to(device);
  }

  /** A transposed view of values like {@link #any}. */
  public Tensor transposed(long rows, long columns) {
    return any(columns, rows).t();
  }

  /** Every second column of a wider tensor. */
  public Tensor strided(long rows, long columns) {
    return any(rows, 2 * columns).slice(1, 0, 2 * columns, 2);
  }

  private Tensor convert(Tensor wide) {
    return wide.to(dtype).to(device);
  }
}
