package io.arclight.tensor;

import io.arclight.tensor.op.CatOp;
import io.arclight.tensor.op.Scalars;

/** What is called on {@link Tensor} itself: creation, and functions of several tensors. */
abstract class TensorFunctions extends NumberFunctions {
  public static Tensor of(float... values) {
    return Tensors.fromFloats(values, Shape.of(values.length));
  }

  public static Tensor of(double... values) {
    return Tensors.fromDoubles(values, Shape.of(values.length));
  }

  public static Tensor of(long... values) {
    return Tensors.fromLongs(values, Shape.of(values.length));
  }

  public static Tensor of(int... values) {
    return Tensors.fromInts(values, Shape.of(values.length));
  }

  public static Tensor of(boolean... values) {
    return Tensors.fromBooleans(values, Shape.of(values.length));
  }

  public static Tensor of(float[] values, Shape shape) {
    return Tensors.fromFloats(values, shape);
  }

  public static Tensor of(double[] values, Shape shape) {
    return Tensors.fromDoubles(values, shape);
  }

  public static Tensor of(long[] values, Shape shape) {
    return Tensors.fromLongs(values, shape);
  }

  public static Tensor of(int[] values, Shape shape) {
    return Tensors.fromInts(values, shape);
  }

  public static Tensor scalar(float value) {
    return Tensors.fromFloats(new float[] {value}, Shape.SCALAR);
  }

  public static Tensor scalar(double value) {
    return Tensors.fromDoubles(new double[] {value}, Shape.SCALAR);
  }

  public static Tensor scalar(long value) {
    return Tensors.fromLongs(new long[] {value}, Shape.SCALAR);
  }

  /** Memory as it comes: read nothing before writing it. */
  public static Tensor empty(Shape shape, DType dtype, Device device) {
    return Tensor.allocate("empty", shape, dtype, device);
  }

  public static Tensor empty(Shape shape) {
    return empty(shape, DType.FLOAT32, Device.CPU);
  }

  public static Tensor zeros(Shape shape) {
    return full(shape, 0f, DType.FLOAT32, Device.CPU);
  }

  public static Tensor zeros(Shape shape, DType dtype) {
    return full(shape, 0, dtype, Device.CPU);
  }

  public static Tensor zeros(Shape shape, DType dtype, Device device) {
    return full(shape, 0, dtype, device);
  }

  public static Tensor ones(Shape shape) {
    return full(shape, 1, DType.FLOAT32, Device.CPU);
  }

  public static Tensor ones(Shape shape, DType dtype) {
    return full(shape, 1, dtype, Device.CPU);
  }

  public static Tensor ones(Shape shape, DType dtype, Device device) {
    return full(shape, 1, dtype, device);
  }

  /** All elements {@code value}; the dtype is what PyTorch infers from it. */
  public static Tensor full(Shape shape, Number value) {
    return full(shape, value, Scalars.dtype(value), Device.CPU);
  }

  public static Tensor full(Shape shape, Number value, DType dtype, Device device) {
    return Tensors.full(shape, value, dtype, device);
  }

  /** int64 [end]: 0, 1, ... end - 1. */
  public static Tensor arange(long end) {
    return Tensors.arange(0, 1, end, DType.INT64, Device.CPU);
  }

  /** {@code count} values {@code start + i * step}. */
  public static Tensor arange(Number start, Number step, long count, DType dtype, Device device) {
    return Tensors.arange(start, step, count, dtype, device);
  }

  /** float32 [steps], evenly from {@code start} to {@code end}, both included. */
  public static Tensor linspace(double start, double end, long steps) {
    return Tensors.linspace(start, end, steps);
  }

  /** float32 [n, n], the identity. */
  public static Tensor eye(long n) {
    return arange(n).unsqueeze(1).eq(arange(n).unsqueeze(0)).to(DType.FLOAT32);
  }

  /** Uniform on [0, 1). */
  public static Tensor rand(Shape shape) {
    return Generator.standard().uniform(shape, DType.FLOAT32, Device.CPU);
  }

  /** Standard normal. */
  public static Tensor randn(Shape shape) {
    return Generator.standard().normal(shape, DType.FLOAT32, Device.CPU);
  }

  /**
   * Normal values of the means and standard deviations, which are broadcast.
   *
   * @throws DataException for a negative standard deviation
   */
  public static Tensor normal(Tensor mean, Tensor std) {
    if (std.elements() > 0 && std.amin(Dim.ALL, Dim.Keep.DROP).item() < 0) {
      throw new DataException("normal: standard deviations must be >= 0");
    }
    Tensor scale = std.expand(Shape.broadcast(mean.shape(), std.shape()));
    return Generator.standard()
        .normal(scale.shape(), scale.dtype(), scale.device())
        .mul(scale)
        .add(mean);
  }

  /** int64, uniform on [low, high). */
  public static Tensor randint(long low, long high, Shape shape) {
    return Generator.standard().integers(low, high, shape, Device.CPU);
  }

  /** int64 [n], a random permutation of 0 .. n-1. */
  public static Tensor randperm(long n) {
    return Generator.standard().permutation(n);
  }

  public static Tensor cat(int dim, Tensor... parts) {
    return Tensor.apply(new CatOp(dim), parts);
  }

  public static Tensor stack(int dim, Tensor... parts) {
    if (parts.length == 0) {
      throw new ShapeException("stack: needs at least one tensor");
    }
    int rank = parts[0].rank() + 1;
    int at = dim < 0 ? dim + rank : dim;
    Tensor[] raised = new Tensor[parts.length];
    for (int i = 0; i < parts.length; i++) {
      if (!parts[i].shape().equals(parts[0].shape())) {
        throw new ShapeException(
            "stack: tensors must have one shape, but 0 has "
                + parts[0].shape()
                + " and "
                + i
                + " has "
                + parts[i].shape());
      }
      raised[i] = parts[i].unsqueeze(at);
    }
    return cat(at, raised);
  }
}
