package io.arclight.tensor;

import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Spec;
import io.arclight.tensor.op.ViewOp;
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

  /** Read through {@link #gradMeta()}: a view's may be out of date. */
  GradMeta meta;

  /** How it came from its base; null for a tensor that is no view. */
  View view;

  /** What it stands for inside a vmap; null outside. */
  VmapLevel.Lifted lifted;

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

  /** Sizes of the dimensions. */
  public Shape shape() {
    return layout.shape();
  }

  /** What the elements are. */
  public DType dtype() {
    return dtype;
  }

  /** Where the memory is. */
  public Device device() {
    return storage.device();
  }

  /** Number of dimensions. */
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
    if (lifted != null) {
      VmapLevel.readable(this);
    }
    return storage.address() + layout.offset() * dtype.bytes();
  }

  /** The memory, which views share. */
  public Storage storage() {
    return storage;
  }

  /** Where in the memory the elements lie. */
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

  /**
   * Applies an operation to this tensor and {@code others} and writes the result over this tensor:
   * the in-place form of any operation of one output.
   *
   * <pre>{@code
   * hidden.inPlace(Pointwise.SIGMOID);
   * }</pre>
   *
   * @return this
   * @throws InPlaceException for a leaf that requires a gradient, where gradients are recorded
   */
  public Tensor inPlace(Op op, Tensor... others) {
    return InPlace.apply(InPlace.name(op), op, this, others);
  }

  // ---- autograd

  /** Whether gradients flow to this tensor or through it. */
  public boolean requiresGrad() {
    return gradMeta() != null;
  }

  /**
   * Marks a leaf as wanting a gradient.
   *
   * @throws DTypeException unless the dtype is floating-point or complex
   */
  public Tensor requiresGrad(boolean wanted) {
    GradMeta place = gradMeta();
    if (place != null && !place.leaf()) {
      if (wanted) {
        return this;
      }
      throw new TensorException("requiresGrad(false) on a computed tensor: use detach()");
    }
    if (wanted && !dtype.isDifferentiable()) {
      throw new DTypeException(
          "only floating-point and complex tensors can require gradients, not " + dtype);
    }
    if (wanted && place == null) {
      if (storage.isInference() && !Context.current().inference()) {
        throw InferenceModeException.of("requiresGrad", "a tensor", this);
      }
      VmapLevel.lift(this);
      meta = new GradMeta(null, 0, shape(), dtype);
    } else if (!wanted) {
      meta = null;
    }
    return this;
  }

  /** The accumulated gradient, or null. */
  public Tensor grad() {
    GradMeta place = gradMeta();
    return place == null ? null : place.grad();
  }

  /** Sets the gradient, or clears it with null. */
  public void grad(Tensor value) {
    GradMeta place = gradMeta();
    if (place == null) {
      throw new TensorException("a tensor that does not require a gradient cannot hold one");
    }
    place.grad(value);
  }

  /** Whether no recorded operation made this tensor. */
  public boolean isLeaf() {
    GradMeta place = gradMeta();
    return place == null || place.leaf();
  }

  /** The graph's view of this tensor, or null if it takes no part; for gradient engines. */
  public GradMeta gradMeta() {
    return view == null ? meta : view.place(this);
  }

  /** The node that made this tensor, for its hooks; null for a leaf. */
  public Node gradFn() {
    GradMeta place = gradMeta();
    return place == null ? null : place.node();
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
    GradMeta place = gradMeta();
    if (place == null) {
      throw new TensorException(what + ": the tensor does not require a gradient");
    }
    return place;
  }

  /** The same memory, outside the graph. */
  public Tensor detach() {
    Tensor out = new Tensor(storage, layout, dtype);
    out.lifted = lifted == null ? null : lifted.detach();
    Context.Tracer tracer = Context.current().tracer();
    if (tracer != null) {
      tracer.aliased(this, out);
    }
    return out;
  }

  /**
   * Takes this tensor itself out of the graph, as a leaf that requires no gradient.
   *
   * @throws InPlaceException for a view, whose base would stay in the graph
   */
  public Tensor detachInPlace() {
    if (view != null) {
      throw new InPlaceException(
          "detach_: a view of shape "
              + shape()
              + " cannot leave the graph alone, as its base stays in it: use detach()");
    }
    meta = null;
    lifted = lifted == null ? null : lifted.detach();
    return this;
  }

  /** Another handle, without a place in the graph of its level. */
  Tensor alias() {
    Tensor out = new Tensor(storage, layout, dtype);
    out.lifted = lifted;
    return out;
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

  /** The view of this tensor that {@code op} gives; for the operation itself. */
  public Tensor view(ViewOp op, Layout next) {
    Tensor out = new Tensor(storage, next, dtype);
    out.view = new View(this, op, next);
    return out;
  }

  /** A view of this tensor's storage under another layout; for operations. */
  public Tensor withLayout(Layout next) {
    return withLayout(next, dtype);
  }

  /** As {@link #withLayout(Layout)}, the bytes taken for another dtype's. */
  public Tensor withLayout(Layout next, DType as) {
    Tensor out = new Tensor(storage, next, as);
    if (lifted != null) {
      out.lifted = VmapLevel.Lifted.LOST;
    }
    return out;
  }

  /** An output as an operation's {@code infer} describes it; its contents are undefined. */
  public static Tensor allocate(String op, Spec spec) {
    return allocated(op, spec.shape(), spec.dtype(), spec.device());
  }

  /**
   * An output whose dimensions lie in memory as the elementwise {@code operands}' do; its contents
   * are undefined.
   */
  public static Tensor allocate(String op, Spec spec, Tensor... operands) {
    Tensor out = allocated(op, spec.shape(), spec.dtype(), spec.device());
    for (Tensor t : operands) {
      if (!t.layout.contiguous()) {
        return new Tensor(out.storage, Layout.preserving(spec.shape(), operands), spec.dtype());
      }
    }
    return out;
  }

  /**
   * Memory as it comes, for library code.
   *
   * @param by who asks, such as an operation's name, for the reports of who holds what
   */
  public static Tensor allocate(String by, Shape shape, DType dtype, Device device) {
    Tensor out = allocated(by, shape, dtype, device);
    if (Context.current().inference()) {
      out.storage.markInference();
    }
    return out;
  }

  private static Tensor allocated(String by, Shape shape, DType dtype, Device device) {
    long bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
    return new Tensor(Storage.allocate(device, bytes, by), Layout.contiguous(shape), dtype);
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
