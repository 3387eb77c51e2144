package io.arclight.tensor;

import io.arclight.tensor.op.Scalars;

/** Creation; static on {@link Tensor}. */
abstract class CreationFunctions extends RandomFunctions {

  // ---- from Java

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

  /** int16. */
  public static Tensor of(short... values) {
    return of(values, Shape.of(values.length), DType.INT16);
  }

  /** int8. */
  public static Tensor of(byte... values) {
    return of(values, Shape.of(values.length), DType.INT8);
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

  /**
   * From the bits of int16, float16 or bfloat16 elements.
   *
   * @throws DTypeException for another {@code dtype}
   */
  public static Tensor of(short[] values, Shape shape, DType dtype) {
    return Tensors.fromShorts(values, shape, dtype);
  }

  /**
   * From the bits of int8 or uint8 elements.
   *
   * @throws DTypeException for another {@code dtype}
   */
  public static Tensor of(byte[] values, Shape shape, DType dtype) {
    return Tensors.fromBytes(values, shape, dtype);
  }

  /**
   * A copy of a Java array of any rank, or of a number or Boolean, in the dtype of its elements;
   * PyTorch's {@code torch.tensor}.
   *
   * <pre>{@code
   * Tensor.from(new float[][] {{1, 2}, {3, 4}}); // float32 [2, 2]
   * }</pre>
   *
   * @throws ShapeException if rows differ in length
   * @throws DTypeException if the elements are not numbers or booleans
   */
  public static Tensor from(Object array) {
    return HostArrays.from(array);
  }

  /** As {@link #from(Object)}, converted. */
  public static Tensor from(Object array, DType dtype) {
    return HostArrays.from(array).to(dtype);
  }

  /**
   * The elements from a buffer's position to its limit. Memory of direct buffers in the machine's
   * byte order is shared and kept alive, as long as elements are aligned; others are copied.
   */
  public static Tensor from(java.nio.Buffer buffer) {
    return HostBuffers.from(buffer);
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

  public static Tensor scalar(boolean value) {
    return Tensors.fromBooleans(new boolean[] {value}, Shape.SCALAR);
  }

  // ---- filled

  /** Memory as it comes: read nothing before writing it. */
  public static Tensor empty(Shape shape, DType dtype, Device device) {
    return Tensor.allocate("empty", shape, dtype, device);
  }

  public static Tensor empty(Shape shape, DType dtype) {
    return empty(shape, dtype, Device.defaultDevice());
  }

  public static Tensor empty(Shape shape) {
    return empty(shape, DType.defaultDType());
  }

  /** As {@link #empty(Shape, DType, Device)}, laid out by {@code strides} in elements. */
  public static Tensor emptyStrided(Shape shape, long[] strides, DType dtype, Device device) {
    return Tensors.strided(shape, strides, dtype, device);
  }

  public static Tensor emptyStrided(Shape shape, long... strides) {
    return emptyStrided(shape, strides, DType.defaultDType(), Device.defaultDevice());
  }

  public static Tensor zeros(Shape shape) {
    return zeros(shape, DType.defaultDType());
  }

  public static Tensor zeros(Shape shape, DType dtype) {
    return zeros(shape, dtype, Device.defaultDevice());
  }

  public static Tensor zeros(Shape shape, DType dtype, Device device) {
    return full(shape, 0, dtype, device);
  }

  public static Tensor ones(Shape shape) {
    return ones(shape, DType.defaultDType());
  }

  public static Tensor ones(Shape shape, DType dtype) {
    return ones(shape, dtype, Device.defaultDevice());
  }

  public static Tensor ones(Shape shape, DType dtype, Device device) {
    return full(shape, 1, dtype, device);
  }

  /** All elements {@code value}; the dtype is what PyTorch infers from it. */
  public static Tensor full(Shape shape, Number value) {
    return full(shape, value, Scalars.dtype(value));
  }

  public static Tensor full(Shape shape, Number value, DType dtype) {
    return full(shape, value, dtype, Device.defaultDevice());
  }

  public static Tensor full(Shape shape, Number value, DType dtype, Device device) {
    return Tensors.full(shape, value, dtype, device);
  }

  /** bool, all elements {@code value}. */
  public static Tensor full(Shape shape, boolean value) {
    return full(shape, value ? 1 : 0, DType.BOOL);
  }

  // ---- ranges

  /** int64 [end]: 0, 1, ... end - 1; float where {@code end} is not an integer. */
  public static Tensor arange(Number end) {
    return arange(0, end, 1);
  }

  public static Tensor arange(Number start, Number end) {
    return arange(start, end, 1);
  }

  /** start, start + step, ... before {@code end}; int64 if all are integers. */
  public static Tensor arange(Number start, Number end, Number step) {
    return arange(start, end, step, Ranges.dtype(start, end, step));
  }

  public static Tensor arange(Number start, Number end, Number step, DType dtype) {
    return arange(start, end, step, dtype, Device.defaultDevice());
  }

  /**
   * start, start + step, ... before {@code end}: ceil((end - start) / step) elements.
   *
   * @throws TensorException if {@code step} is 0 or leads away from {@code end}
   */
  public static Tensor arange(Number start, Number end, Number step, DType dtype, Device device) {
    return Ranges.arange(start, end, step, dtype, device);
  }

  /** [steps], evenly from {@code start} to {@code end}, both included. */
  public static Tensor linspace(Number start, Number end, long steps) {
    return linspace(start, end, steps, DType.defaultDType());
  }

  public static Tensor linspace(Number start, Number end, long steps, DType dtype) {
    return linspace(start, end, steps, dtype, Device.defaultDevice());
  }

  /**
   * As {@link #linspace(Number, Number, long)}: the first half is counted from {@code start}, the
   * second from {@code end}, so that both are exact.
   */
  public static Tensor linspace(Number start, Number end, long steps, DType dtype, Device device) {
    return Ranges.linspace(start, end, steps, dtype, device);
  }

  /** [steps], powers of 10 with exponents evenly from {@code start} to {@code end}. */
  public static Tensor logspace(Number start, Number end, long steps) {
    return logspace(start, end, steps, 10, DType.defaultDType(), Device.defaultDevice());
  }

  /** As {@link #logspace(Number, Number, long)}, powers of {@code base}. */
  public static Tensor logspace(
      Number start, Number end, long steps, double base, DType dtype, Device device) {
    return Ranges.logspace(start, end, steps, base, dtype, device);
  }

  // ---- matrices

  /** [n, n], the identity. */
  public static Tensor eye(long n) {
    return eye(n, n);
  }

  /** [n, m], 1 on the diagonal. */
  public static Tensor eye(long n, long m) {
    return eye(n, m, DType.defaultDType(), Device.defaultDevice());
  }

  public static Tensor eye(long n, long m, DType dtype, Device device) {
    return Ranges.eye(n, m, dtype, device);
  }

  /** int64 [2, count]: the places in a [rows, columns] matrix not above diagonal {@code offset}. */
  public static Tensor trilIndices(long rows, long columns, long offset) {
    return Ranges.triangle(rows, columns, offset, Triangle.LOWER);
  }

  public static Tensor trilIndices(long rows, long columns) {
    return trilIndices(rows, columns, 0);
  }

  /** int64 [2, count]: the places in a [rows, columns] matrix not below diagonal {@code offset}. */
  public static Tensor triuIndices(long rows, long columns, long offset) {
    return Ranges.triangle(rows, columns, offset, Triangle.UPPER);
  }

  public static Tensor triuIndices(long rows, long columns) {
    return triuIndices(rows, columns, 0);
  }
}
