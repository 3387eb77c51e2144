package io.arclight.tensor;

import static io.arclight.tensor.Dim.Keep.DROP;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.CatOp;
import io.arclight.tensor.op.ConvertOp;
import io.arclight.tensor.op.CrossEntropyOp;
import io.arclight.tensor.op.CumSumOp;
import io.arclight.tensor.op.GatherOp;
import io.arclight.tensor.op.IndexSelectOp;
import io.arclight.tensor.op.LayerNormOp;
import io.arclight.tensor.op.LinearOp;
import io.arclight.tensor.op.MatMulOp;
import io.arclight.tensor.op.OneHotOp;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.PadOp;
import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.ReduceOp;
import io.arclight.tensor.op.Scalars;
import io.arclight.tensor.op.ScatterAddOp;
import io.arclight.tensor.op.SoftmaxOp;
import io.arclight.tensor.op.Spec;
import io.arclight.tensor.op.ViewOp;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A multi-dimensional array of one dtype on one device: a handle on a strided view of a {@link
 * Storage}. Operations are eager and, where an input requires a gradient, recorded for {@link
 * #backward()}.
 *
 * <p>Memory is off the heap. It belongs to the innermost {@link Scope} open on the thread that
 * created it, or to the garbage collector where none is open; {@link #keep()} moves it from the
 * former to the latter.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(1f, 2f, 3f).requiresGrad(true);
 * x.mul(x).sum().backward();
 * x.grad(); // [2, 4, 6]
 * }</pre>
 */
public final class Tensor implements AutoCloseable, Scope.Owner {
  private final Storage storage;
  private final Layout layout;
  private final DType dtype;
  GradMeta meta;

  Tensor(Storage storage, Layout layout, DType dtype) {
    this.storage = storage;
    this.layout = layout;
    this.dtype = dtype;
  }

  // ---- creation (see Tensors for the kernels behind it)

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
    return allocate("empty", shape, dtype, device);
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

  /** int64, uniform on [low, high). */
  public static Tensor randint(long low, long high, Shape shape) {
    return Generator.standard().integers(low, high, shape, Device.CPU);
  }

  /** int64 [n], a random permutation of 0 .. n-1. */
  public static Tensor randperm(long n) {
    return Generator.standard().permutation(n);
  }

  public Tensor zerosLike() {
    return full(shape(), 0, dtype, device());
  }

  public Tensor onesLike() {
    return full(shape(), 1, dtype, device());
  }

  /**
   * Wraps memory of somebody else's without copying, such as an Arrow buffer.
   *
   * @param address of the first element of a contiguous array, aligned to the element
   * @param release called once, when the tensor's memory is given back
   */
  public static Tensor adopt(
      Device device, long address, Shape shape, DType dtype, Runnable release) {
    long bytes = shape.elements() * dtype.bytes();
    return new Tensor(
        Storage.adopt(device, address, bytes, release), Layout.contiguous(shape), dtype);
  }

  // ---- what it is

  public Shape shape() {
    return layout.shape();
  }

  public DType dtype() {
    return dtype;
  }

  public Device device() {
    return storage.device();
  }

  public int rank() {
    return layout.shape().rank();
  }

  /** Size of dimension {@code dim}; negative counts from the end. */
  public long dim(int dim) {
    return layout.shape().dim(dim);
  }

  /** Number of elements. */
  public long elements() {
    return layout.shape().elements();
  }

  /** Steps in elements from one index to the next, by dimension. */
  public long[] strides() {
    return layout.strides().clone();
  }

  /** Whether elements lie in row-major order without gaps. */
  public boolean isContiguous() {
    return layout.contiguous();
  }

  /** Address of the first element on its device; for library code. */
  public long address() {
    return storage.address() + layout.offset() * dtype.bytes();
  }

  public Storage storage() {
    return storage;
  }

  public Layout layout() {
    return layout;
  }

  /** How often the memory has been changed in place; views share it. */
  public int version() {
    return storage.version();
  }

  @Override
  public void forEachStorage(Consumer<Storage> action) {
    action.accept(storage);
  }

  /** Moves the memory from its scope to the garbage collector. */
  public Tensor keep() {
    storage.keep();
    return this;
  }

  /** Gives the memory back now; every view of it is closed with it. */
  @Override
  public void close() {
    storage.close();
  }

  // ---- the one door

  /** Applies an operation of one output. */
  public static Tensor apply(Op op, Tensor... inputs) {
    return Dispatch.apply(op, inputs)[0];
  }

  /** Applies an operation and gives all its outputs. */
  public static Tensor[] applyAll(Op op, Tensor... inputs) {
    return Dispatch.apply(op, inputs);
  }

  // ---- arithmetic

  public Tensor add(Tensor other) {
    return Dispatch.binary(Pointwise.ADD, this, other);
  }

  public Tensor add(Number other) {
    return apply(Pointwise.ADD.with(null, other), this);
  }

  public Tensor sub(Tensor other) {
    return Dispatch.binary(Pointwise.SUB, this, other);
  }

  public Tensor sub(Number other) {
    return apply(Pointwise.SUB.with(null, other), this);
  }

  /** {@code other - this}. */
  public Tensor rsub(Number other) {
    return apply(Pointwise.SUB.with(other, null), this);
  }

  public Tensor mul(Tensor other) {
    return Dispatch.binary(Pointwise.MUL, this, other);
  }

  public Tensor mul(Number other) {
    return apply(Pointwise.MUL.with(null, other), this);
  }

  /** True division: integers give float32. */
  public Tensor div(Tensor other) {
    return Dispatch.binary(Pointwise.DIV, this, other);
  }

  public Tensor div(Number other) {
    return apply(Pointwise.DIV.with(null, other), this);
  }

  /** Division rounded towards minus infinity; an integer divisor of 0 is a DataException. */
  public Tensor floorDivide(Tensor other) {
    return Dispatch.binary(Pointwise.FLOOR_DIVIDE, this, other);
  }

  /** Remainder with the divisor's sign; an integer divisor of 0 is a DataException. */
  public Tensor remainder(Tensor other) {
    return Dispatch.binary(Pointwise.REMAINDER, this, other);
  }

  public Tensor remainder(Number other) {
    return apply(Pointwise.REMAINDER.with(null, other), this);
  }

  public Tensor pow(Tensor exponent) {
    return Dispatch.binary(Pointwise.POW, this, exponent);
  }

  public Tensor pow(Number exponent) {
    double e = exponent.doubleValue();
    if (e == 2) {
      return square();
    }
    if (e == 0.5 && dtype.isFloatingPoint()) {
      return sqrt();
    }
    return apply(Pointwise.POW.with(null, exponent), this);
  }

  public Tensor maximum(Tensor other) {
    return Dispatch.binary(Pointwise.MAXIMUM, this, other);
  }

  public Tensor minimum(Tensor other) {
    return Dispatch.binary(Pointwise.MINIMUM, this, other);
  }

  public Tensor atan2(Tensor other) {
    return Dispatch.binary(Pointwise.ATAN2, this, other);
  }

  /** {@code this + weight * (end - this)}. */
  public Tensor lerp(Tensor end, Tensor weight) {
    return apply(Pointwise.LERP, this, end, weight);
  }

  /** {@code this + value * a * b}. */
  public Tensor addcmul(Tensor a, Tensor b, Number value) {
    return apply(Pointwise.ADDCMUL.with(null, null, null, value), this, a, b);
  }

  /** {@code this + value * a / b}. */
  public Tensor addcdiv(Tensor a, Tensor b, Number value) {
    return apply(Pointwise.ADDCDIV.with(null, null, null, value), this, a, b);
  }

  public Tensor neg() {
    return apply(Pointwise.NEG, this);
  }

  public Tensor abs() {
    return apply(Pointwise.ABS, this);
  }

  public Tensor sign() {
    return apply(Pointwise.SIGN, this);
  }

  public Tensor square() {
    return apply(Pointwise.SQUARE, this);
  }

  public Tensor sqrt() {
    return apply(Pointwise.SQRT, this);
  }

  public Tensor rsqrt() {
    return apply(Pointwise.RSQRT, this);
  }

  public Tensor reciprocal() {
    return apply(Pointwise.RECIPROCAL, this);
  }

  public Tensor floor() {
    return apply(Pointwise.FLOOR, this);
  }

  public Tensor ceil() {
    return apply(Pointwise.CEIL, this);
  }

  public Tensor trunc() {
    return apply(Pointwise.TRUNC, this);
  }

  /** Rounds half to even. */
  public Tensor round() {
    return apply(Pointwise.ROUND, this);
  }

  /** Limits to [min, max]; null leaves a side open. */
  public Tensor clamp(Number min, Number max) {
    if (min == null && max == null) {
      throw new TensorException("clamp: give at least one of min and max");
    }
    if (min == null) {
      return apply(Pointwise.MINIMUM.with(null, max), this);
    }
    if (max == null) {
      return apply(Pointwise.MAXIMUM.with(null, min), this);
    }
    return apply(Pointwise.CLAMP.with(null, min, max), this);
  }

  // ---- exponentials, trigonometry, activations

  public Tensor exp() {
    return apply(Pointwise.EXP, this);
  }

  public Tensor expm1() {
    return apply(Pointwise.EXPM1, this);
  }

  public Tensor log() {
    return apply(Pointwise.LOG, this);
  }

  public Tensor log1p() {
    return apply(Pointwise.LOG1P, this);
  }

  public Tensor sin() {
    return apply(Pointwise.SIN, this);
  }

  public Tensor cos() {
    return apply(Pointwise.COS, this);
  }

  public Tensor tan() {
    return apply(Pointwise.TAN, this);
  }

  public Tensor tanh() {
    return apply(Pointwise.TANH, this);
  }

  public Tensor erf() {
    return apply(Pointwise.ERF, this);
  }

  public Tensor sigmoid() {
    return apply(Pointwise.SIGMOID, this);
  }

  public Tensor logSigmoid() {
    return apply(Pointwise.LOG_SIGMOID, this);
  }

  public Tensor relu() {
    return apply(Pointwise.RELU, this);
  }

  public Tensor leakyRelu(Number negativeSlope) {
    return apply(Pointwise.LEAKY_RELU.with(null, negativeSlope), this);
  }

  public Tensor elu(Number alpha) {
    return apply(Pointwise.ELU.with(null, alpha), this);
  }

  /** The exact, erf form. */
  public Tensor gelu() {
    return apply(Pointwise.GELU, this);
  }

  public Tensor silu() {
    return apply(Pointwise.SILU, this);
  }

  public Tensor softplus() {
    return apply(Pointwise.SOFTPLUS, this);
  }

  // ---- comparison and logic

  public Tensor eq(Tensor other) {
    return Dispatch.binary(Pointwise.EQ, this, other);
  }

  public Tensor eq(Number other) {
    return apply(Pointwise.EQ.with(null, other), this);
  }

  public Tensor ne(Tensor other) {
    return Dispatch.binary(Pointwise.NE, this, other);
  }

  public Tensor ne(Number other) {
    return apply(Pointwise.NE.with(null, other), this);
  }

  public Tensor lt(Tensor other) {
    return Dispatch.binary(Pointwise.LT, this, other);
  }

  public Tensor lt(Number other) {
    return apply(Pointwise.LT.with(null, other), this);
  }

  public Tensor le(Tensor other) {
    return Dispatch.binary(Pointwise.LE, this, other);
  }

  public Tensor le(Number other) {
    return apply(Pointwise.LE.with(null, other), this);
  }

  public Tensor gt(Tensor other) {
    return Dispatch.binary(Pointwise.GT, this, other);
  }

  public Tensor gt(Number other) {
    return apply(Pointwise.GT.with(null, other), this);
  }

  public Tensor ge(Tensor other) {
    return Dispatch.binary(Pointwise.GE, this, other);
  }

  public Tensor ge(Number other) {
    return apply(Pointwise.GE.with(null, other), this);
  }

  public Tensor logicalAnd(Tensor other) {
    return Dispatch.binary(Pointwise.LOGICAL_AND, this, other);
  }

  public Tensor logicalOr(Tensor other) {
    return Dispatch.binary(Pointwise.LOGICAL_OR, this, other);
  }

  public Tensor logicalXor(Tensor other) {
    return Dispatch.binary(Pointwise.LOGICAL_XOR, this, other);
  }

  public Tensor logicalNot() {
    return apply(Pointwise.LOGICAL_NOT, this);
  }

  public Tensor isnan() {
    return apply(Pointwise.ISNAN, this);
  }

  public Tensor isinf() {
    return apply(Pointwise.ISINF, this);
  }

  public Tensor isfinite() {
    return apply(Pointwise.ISFINITE, this);
  }

  /** Elements of this where {@code condition} (bool), else of {@code other}. */
  public Tensor where(Tensor condition, Tensor other) {
    return apply(Pointwise.WHERE, condition, this, other);
  }

  /** {@code value} where {@code mask} (bool), else this. */
  public Tensor maskedFill(Tensor mask, Number value) {
    return apply(Pointwise.MASKED_FILL.with(null, null, value), this, mask);
  }

  // ---- reductions

  public Tensor sum() {
    return sum(Dim.ALL, DROP);
  }

  public Tensor sum(int... dims) {
    return sum(Dim.of(dims), DROP);
  }

  public Tensor sum(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.SUM, dims, keep), this);
  }

  public Tensor mean() {
    return mean(Dim.ALL, DROP);
  }

  public Tensor mean(int... dims) {
    return mean(Dim.of(dims), DROP);
  }

  public Tensor mean(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.MEAN, dims, keep), this);
  }

  /** The product of all elements in the dimensions. */
  public Tensor prod(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.PROD, dims, keep), this);
  }

  /** Unbiased variance (divisor n - 1). */
  public Tensor var() {
    return var(Dim.ALL, DROP);
  }

  public Tensor var(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.VAR, dims, keep), this);
  }

  /** The square root of {@link #var(Dim, Dim.Keep)}. */
  public Tensor std(Dim dims, Dim.Keep keep) {
    return var(dims, keep).sqrt();
  }

  /** The Euclidean norm. */
  public Tensor norm() {
    return norm(Dim.ALL, DROP);
  }

  public Tensor norm(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.NORM, dims, keep), this);
  }

  public Tensor amax(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.AMAX, dims, keep), this);
  }

  public Tensor amin(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.AMIN, dims, keep), this);
  }

  public Tensor max() {
    return amax(Dim.ALL, DROP);
  }

  public Tensor min() {
    return amin(Dim.ALL, DROP);
  }

  /** int64 position of the first maximum along {@code dim}; NaN counts as the largest. */
  public Tensor argmax(int dim) {
    return apply(new ReduceOp(ReduceOp.Kind.ARGMAX, Dim.of(dim), DROP), this);
  }

  /** int64 position of the first minimum along {@code dim}; NaN counts as the smallest. */
  public Tensor argmin(int dim) {
    return apply(new ReduceOp(ReduceOp.Kind.ARGMIN, Dim.of(dim), DROP), this);
  }

  public Tensor any() {
    return apply(new ReduceOp(ReduceOp.Kind.ANY, Dim.ALL, DROP), this);
  }

  public Tensor all() {
    return apply(new ReduceOp(ReduceOp.Kind.ALL, Dim.ALL, DROP), this);
  }

  public Tensor logsumexp(Dim dims, Dim.Keep keep) {
    return apply(new ReduceOp(ReduceOp.Kind.LOGSUMEXP, dims, keep), this);
  }

  public Tensor cumsum(int dim) {
    return apply(new CumSumOp(dim), this);
  }

  public Tensor softmax(int dim) {
    return apply(new SoftmaxOp(dim, SoftmaxOp.Kind.SOFTMAX), this);
  }

  public Tensor logSoftmax(int dim) {
    return apply(new SoftmaxOp(dim, SoftmaxOp.Kind.LOG_SOFTMAX), this);
  }

  /**
   * Cross-entropy of each row of logits against its class.
   *
   * @param target int64 [n] in [0, classes); this is [n, classes]
   * @return the losses, [n]
   */
  public Tensor crossEntropyRows(Tensor target) {
    return applyAll(new CrossEntropyOp(), this, target)[0];
  }

  /** Normalises over the last dimension: {@code (x - mean) / sqrt(var + eps) * weight + bias}. */
  public Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
    return applyAll(new LayerNormOp(eps), this, weight, bias)[0];
  }

  // ---- matrices

  /** Matrix product with the broadcasting rules of {@code torch.matmul}. */
  public Tensor matmul(Tensor other) {
    return MatMulOp.matmul(this, other);
  }

  /** {@code this weight^T + bias} for this [n, in], weight [out, in], bias [out]. */
  public Tensor linear(Tensor weight, Tensor bias) {
    return apply(new LinearOp(), this, weight, bias);
  }

  /** [n, k] times [k, m]. */
  public Tensor mm(Tensor other) {
    return apply(new MatMulOp(), this, other);
  }

  /** [b, n, k] times [b, k, m]. */
  public Tensor bmm(Tensor other) {
    return apply(new MatMulOp(), this, other);
  }

  // ---- indexing

  /** out[i, j] = this[index[i, j], j] and so on along {@code dim}; index int64 of the same rank. */
  public Tensor gather(int dim, Tensor index) {
    return apply(new GatherOp(dim), this, index);
  }

  /** A copy of this with {@code source} added at {@code index} along {@code dim}. */
  public Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    return apply(new ScatterAddOp(dim), this, index, source);
  }

  /** The slices at {@code index} (int64 [k]) along {@code dim}. */
  public Tensor indexSelect(int dim, Tensor index) {
    return apply(new IndexSelectOp(dim), this, index);
  }

  /** int64 [..., classes]: 1 at this element's class. */
  public Tensor oneHot(long classes) {
    return apply(new OneHotOp(classes), this);
  }

  public static Tensor cat(int dim, Tensor... parts) {
    return apply(new CatOp(dim), parts);
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

  /** Views of {@code size} indices each along {@code dim}; the last may be smaller. */
  public Tensor[] split(long size, int dim) {
    if (size <= 0) {
      throw new ShapeException("split: size must be positive, not " + size);
    }
    long n = dim(dim);
    Tensor[] out = new Tensor[(int) Math.max(1, (n + size - 1) / size)];
    for (int i = 0; i < out.length; i++) {
      out[i] = slice(dim, i * size, Math.min(n, (i + 1) * size), 1);
    }
    return out;
  }

  // ---- views

  public Tensor view(long... sizes) {
    return apply(new ViewOp.View(Shapes.infer(sizes, shape(), "view")), this);
  }

  /** A view where the strides allow it, else a copy. */
  public Tensor reshape(long... sizes) {
    return reshape(Shapes.infer(sizes, shape(), "reshape"));
  }

  public Tensor reshape(Shape target) {
    if (target.equals(shape())) {
      return this;
    }
    Tensor base = layout.reshape(target) == null ? contiguous() : this;
    return apply(new ViewOp.View(target), base);
  }

  public Tensor flatten(int startDim) {
    int at = shape().wrap(startDim);
    long[] sizes = Arrays.copyOf(shape().toArray(), at + 1);
    sizes[at] = -1;
    if (elements() == 0) {
      long rest = 1;
      for (int i = at; i < rank(); i++) {
        rest *= dim(i);
      }
      sizes[at] = rest;
    }
    return reshape(sizes);
  }

  public Tensor permute(int... order) {
    return apply(new ViewOp.Permute(Dim.of(Shapes.permutation(order, shape()))), this);
  }

  public Tensor transpose(int a, int b) {
    int[] order = new int[rank()];
    Arrays.setAll(order, i -> i);
    int i = shape().wrap(a);
    int j = shape().wrap(b);
    order[i] = j;
    order[j] = i;
    return permute(order);
  }

  /** The transpose of a matrix. */
  public Tensor t() {
    if (rank() != 2) {
      throw new ShapeException("t: expects a matrix, got shape " + shape());
    }
    return transpose(0, 1);
  }

  public Tensor expand(long... sizes) {
    return expand(Shape.of(sizes));
  }

  public Tensor expand(Shape target) {
    return target.equals(shape()) ? this : apply(new ViewOp.Expand(target), this);
  }

  public Tensor unsqueeze(int dim) {
    int rank = rank() + 1;
    if (dim < -rank || dim >= rank) {
      throw new ShapeException("unsqueeze: dimension " + dim + " is out of range for " + shape());
    }
    long[] sizes = new long[rank];
    int at = dim < 0 ? dim + rank : dim;
    for (int i = 0, j = 0; i < rank; i++) {
      sizes[i] = i == at ? 1 : dim(j++);
    }
    return apply(new ViewOp.View(Shape.of(sizes)), this);
  }

  /** Drops dimension {@code dim} if its size is 1. */
  public Tensor squeeze(int dim) {
    int at = shape().wrap(dim);
    if (dim(at) != 1) {
      return this;
    }
    return select(at, 0);
  }

  /** The slice at {@code index} of {@code dim}, without that dimension. */
  public Tensor select(int dim, long index) {
    return apply(new ViewOp.Select(shape().wrap(dim), index), this);
  }

  /** Indices start, start + step, ... below end; negative start and end count from the end. */
  public Tensor slice(int dim, long start, long end, long step) {
    return apply(new ViewOp.Slice(shape().wrap(dim), start, end, step), this);
  }

  public Tensor slice(int dim, long start, long end) {
    return slice(dim, start, end, 1);
  }

  public Tensor narrow(int dim, long start, long length) {
    long n = dim(dim);
    if (start < 0 || length < 0 || start + length > n) {
      throw new ShapeException(
          "narrow: start "
              + start
              + " and length "
              + length
              + " do not fit dimension "
              + dim
              + " of shape "
              + shape());
    }
    return slice(dim, start, start + length, 1);
  }

  /** Adds {@code before} and {@code after} elements of {@code value} along {@code dim}. */
  public Tensor pad(int dim, long before, long after, Number value) {
    return apply(new PadOp(shape().wrap(dim), before, after, value), this);
  }

  public Tensor contiguous() {
    return isContiguous() ? this : apply(ConvertOp.copy(dtype, device()), this);
  }

  /** A copy of its own. */
  public Tensor copy() {
    return apply(ConvertOp.copy(dtype, device()), this);
  }

  /** This tensor in another dtype; itself where nothing changes. */
  public Tensor to(DType target) {
    return target == dtype ? this : apply(ConvertOp.copy(target, device()), this);
  }

  /** This tensor on another device; itself where nothing changes. */
  public Tensor to(Device target) {
    return target.equals(device()) ? this : apply(ConvertOp.copy(dtype, target), this);
  }

  // ---- in place

  /** Overwrites with {@code source}, broadcast and converted. */
  public Tensor copyInPlace(Tensor source) {
    return Dispatch.inPlace("copy_", Pointwise.SECOND, this, source);
  }

  public Tensor addInPlace(Tensor other) {
    return Dispatch.inPlace("add_", Pointwise.ADD, this, other);
  }

  public Tensor mulInPlace(Tensor other) {
    return Dispatch.inPlace("mul_", Pointwise.MUL, this, other);
  }

  public Tensor mulInPlace(Number other) {
    return Dispatch.inPlace("mul_", Pointwise.MUL.with(null, other), this);
  }

  public Tensor fillInPlace(Number value) {
    return Dispatch.inPlace("fill_", Pointwise.SECOND.with(null, value), this);
  }

  public Tensor zeroInPlace() {
    return fillInPlace(0);
  }

  // ---- autograd

  public boolean requiresGrad() {
    return meta != null;
  }

  /**
   * Marks a leaf as wanting a gradient.
   *
   * @throws DTypeException unless the dtype is floating-point
   */
  public Tensor requiresGrad(boolean wanted) {
    if (meta != null && !meta.leaf()) {
      if (wanted) {
        return this;
      }
      throw new TensorException("requiresGrad(false) on a computed tensor: use detach()");
    }
    if (wanted && !dtype.isFloatingPoint()) {
      throw new DTypeException("only floating-point tensors can require gradients, not " + dtype);
    }
    if (wanted && meta == null) {
      meta = new GradMeta(null, 0, shape(), dtype);
    } else if (!wanted) {
      meta = null;
    }
    return this;
  }

  /** The accumulated gradient, or null. */
  public Tensor grad() {
    return meta == null ? null : meta.grad();
  }

  public void grad(Tensor value) {
    if (meta == null) {
      throw new TensorException("a tensor that does not require a gradient cannot hold one");
    }
    meta.grad(value);
  }

  public boolean isLeaf() {
    return meta == null || meta.leaf();
  }

  /** The graph's view of this tensor, or null if it takes no part; for gradient engines. */
  public GradMeta gradMeta() {
    return meta;
  }

  /** Keeps the gradient of a computed tensor in {@link #grad()}. */
  public Tensor retainGrad() {
    requireMeta("retainGrad").retainGrad();
    return this;
  }

  /** A hook that sees, and may replace, the gradient; returns its removal. */
  public Runnable registerHook(UnaryOperator<Tensor> hook) {
    return requireMeta("registerHook").addHook(hook);
  }

  /** A hook that is given this leaf once its grad has been accumulated; returns its removal. */
  public Runnable registerPostAccumulateGradHook(Consumer<Tensor> hook) {
    if (!isLeaf()) {
      throw new TensorException("registerPostAccumulateGradHook: only leaves accumulate gradients");
    }
    return requireMeta("registerPostAccumulateGradHook")
        .addAccumulatedHook(grad -> hook.accept(this));
  }

  private GradMeta requireMeta(String what) {
    if (meta == null) {
      throw new TensorException(what + ": the tensor does not require a gradient");
    }
    return meta;
  }

  /** The same memory, outside the graph. */
  public Tensor detach() {
    return meta == null ? this : new Tensor(storage, layout, dtype);
  }

  /** Accumulates gradients of this scalar into the leaves. */
  public void backward() {
    backward(null, GradientEngine.GraphUse.RELEASE);
  }

  /** As {@link #backward()}, from the gradient {@code grad} of this tensor. */
  public void backward(Tensor grad, GradientEngine.GraphUse use) {
    GradientEngine.current()
        .backward(List.of(this), java.util.Collections.singletonList(grad), use);
  }

  // ---- out to the host

  /** The value of a one-element tensor. */
  public double item() {
    if (elements() != 1) {
      throw new ShapeException("item: expects one element, got shape " + shape());
    }
    return Tensors.toDoubles(this)[0];
  }

  /** Elements in row-major order, converted. */
  public float[] toFloats() {
    return Tensors.toFloats(this);
  }

  public double[] toDoubles() {
    return Tensors.toDoubles(this);
  }

  /** Elements in row-major order; floating-point ones are truncated. */
  public long[] toLongs() {
    return Tensors.toLongs(this);
  }

  /** A view of this tensor's storage under another layout; for operations. */
  public Tensor withLayout(Layout next) {
    return new Tensor(storage, next, dtype);
  }

  /** An output as an operation's {@code infer} describes it; its contents are undefined. */
  public static Tensor allocate(String op, Spec spec) {
    return allocate(op, spec.shape(), spec.dtype(), spec.device());
  }

  /**
   * Memory as it comes, for library code.
   *
   * @param by who asks, such as an operation's name, for the reports of who holds what
   */
  public static Tensor allocate(String by, Shape shape, DType dtype, Device device) {
    long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    return new Tensor(Storage.allocate(device, bytes, by), Layout.contiguous(shape), dtype);
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
