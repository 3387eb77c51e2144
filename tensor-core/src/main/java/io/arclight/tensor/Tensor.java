package io.arclight.tensor;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Spec;
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
public final class Tensor extends TensorFunctions
    implements ArithmeticMethods,
        RoundingMethods,
        ElementaryMethods,
        ComplexMethods,
        ActivationMethods,
        ComparisonMethods,
        LogicMethods,
        ReductionMethods,
        ScanMethods,
        OrderMethods,
        StatisticsMethods,
        MatrixMethods,
        SpectralMethods,
        IndexingMethods,
        SplitMethods,
        CreationMethods,
        HostMethods,
        ViewMethods,
        InPlaceMethods,
        RandomMethods,
        AutoCloseable,
        Scope.Owner {
  private final Storage storage;
  private final Layout layout;
  private final DType dtype;
  GradMeta meta;

  Tensor(Storage storage, Layout layout, DType dtype) {
    this.storage = storage;
    this.layout = layout;
    this.dtype = dtype;
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

  // ---- autograd

  public boolean requiresGrad() {
    return meta != null;
  }

  /**
   * Marks a leaf as wanting a gradient.
   *
   * @throws DTypeException unless the dtype is floating-point or complex
   */
  public Tensor requiresGrad(boolean wanted) {
    if (meta != null && !meta.leaf()) {
      if (wanted) {
        return this;
      }
      throw new TensorException("requiresGrad(false) on a computed tensor: use detach()");
    }
    if (wanted && !dtype.isDifferentiable()) {
      throw new DTypeException(
          "only floating-point and complex tensors can require gradients, not " + dtype);
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
    Tensors.requireReal("item", this);
    return Tensors.toDoubles(this)[0];
  }

  /** Elements in row-major order, converted. */
  public float[] toFloats() {
    return Tensors.toFloats(this);
  }

  /** Elements in row-major order, converted; of complex ones both parts. */
  public double[] toDoubles() {
    return Tensors.toDoubles(this);
  }

  /** Elements in row-major order; floating-point ones are truncated. */
  public long[] toLongs() {
    return Tensors.toLongs(this);
  }

  /**
   * The bits of int16, float16 or bfloat16 elements in row-major order.
   *
   * @throws DTypeException for other dtypes
   */
  public short[] toShorts() {
    return Tensors.toShorts(this);
  }

  /**
   * The bits of int8 or uint8 elements in row-major order.
   *
   * @throws DTypeException for other dtypes
   */
  public byte[] toBytes() {
    return Tensors.toBytes(this);
  }

  /** A view of this tensor's storage under another layout; for operations. */
  public Tensor withLayout(Layout next) {
    return new Tensor(storage, next, dtype);
  }

  /** As {@link #withLayout(Layout)}, the bytes taken for another dtype's. */
  public Tensor withLayout(Layout next, DType as) {
    return new Tensor(storage, next, as);
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
