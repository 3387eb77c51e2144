package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Gemm;
import io.arclight.tensor.cpu.Product;
import io.arclight.tensor.cpu.Recurrence;
import io.arclight.tensor.ir.CompiledKernel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One direction of one recurrent layer over all steps.
 *
 * <p>Inputs: x [steps, batch, in], the first hidden state [batch, state], for LSTM the first cell
 * state [batch, hidden], the weights [gates * hidden, in] and [gates * hidden, state]; then, or
 * not, both biases [gates * hidden]; then, for LSTM or not, the projection [state, hidden]. Packed
 * sequences are x [rows, in] with the number of sequences of each step, never more than at the one
 * before.
 *
 * <p>Outputs: the hidden states of all steps, the last hidden state, for LSTM the last cell state;
 * then what backward reads and gradients do not pass: the values of the gates but for simple
 * layers, and the cell states for LSTM.
 *
 * @param batchSizes of packed sequences; of rank 0 for sequences of one length
 */
public record RecurrentOp(RecurrentCell cell, ScanOp.Direction direction, Shape batchSizes)
    implements Op {

  /** The inputs by what they are; null where there is none. */
  record Operands(
      Tensor x,
      Tensor hidden,
      Tensor cell,
      Tensor weightInput,
      Tensor weightHidden,
      Tensor biasInput,
      Tensor biasHidden,
      Tensor projection) {

    static Operands of(RecurrentCell cell, Tensor... in) {
      int at = cell.hasCell() ? 3 : 2;
      int more = in.length - at - 2;
      boolean biased = more >= 2;
      return new Operands(
          in[0],
          in[1],
          cell.hasCell() ? in[2] : null,
          in[at],
          in[at + 1],
          biased ? in[at + 2] : null,
          biased ? in[at + 3] : null,
          more % 2 == 1 ? in[in.length - 1] : null);
    }

    /** As inputs, in order. */
    Tensor[] toArray() {
      return java.util.stream.Stream.of(
              x, hidden, cell, weightInput, weightHidden, biasInput, biasHidden, projection)
          .filter(java.util.Objects::nonNull)
          .toArray(Tensor[]::new);
    }

    long hiddenSize(RecurrentCell kind) {
      return weightHidden.dim(0) / kind.gates();
    }
  }

  @Override
  public String name() {
    return cell.name();
  }

  boolean packed() {
    return batchSizes.rank() > 0;
  }

  /** Sequences at each step. */
  long[] sizes(Tensor x) {
    if (packed()) {
      return batchSizes.toArray();
    }
    long[] sizes = new long[Math.toIntExact(x.dim(0))];
    Arrays.fill(sizes, x.dim(1));
    return sizes;
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    int least = cell.hasCell() ? 5 : 4;
    int most = least + (cell.hasCell() ? 3 : 2);
    boolean countFits = in.length == least || in.length == least + 2;
    if (!countFits && !(cell.hasCell() && in.length >= least && in.length <= most)) {
      throw new ShapeException(label() + ": takes " + least + " to " + most + " inputs");
    }
    Operands all = Operands.of(cell, in);
    Tensor x = all.x;
    RowOps.requireFloat(label(), x);
    int rank = packed() ? 2 : 3;
    require(
        x.rank() == rank && x.dim(0) > 0,
        packed() ? "packed rows [rows, in]" : "an input [steps, batch, in] of at least one step",
        x);
    long[] sizes = sizes(x);
    requireSizes(sizes, x);
    long hidden = all.hiddenSize(cell);
    long wide = hidden * cell.gates();
    long state = all.projection == null ? hidden : all.projection.dim(0);
    requireShape("weight_ih", all.weightInput, wide, x.dim(-1));
    requireShape("weight_hh", all.weightHidden, wide, state);
    requireShape("the hidden state", all.hidden, sizes[0], state);
    if (cell.hasCell()) {
      requireShape("the cell state", all.cell, sizes[0], hidden);
    }
    if (all.biasInput != null) {
      requireShape("bias_ih", all.biasInput, wide);
      requireShape("bias_hh", all.biasHidden, wide);
    }
    if (all.projection != null) {
      requireShape("weight_hr", all.projection, state, hidden);
    }
    for (Tensor t : in) {
      if (t.dtype() != x.dtype()) {
        throw new DTypeException(
            label()
                + ": the input is "
                + x.dtype()
                + ", states and weights must be, not "
                + t.dtype()
                + ": convert with to(dtype)");
      }
    }
    for (int i = 1; i < in.length; i++) {
      Elementwise.sameDevice(label(), x, in[i]);
    }
    return specs(x, sizes[0], hidden, state);
  }

  private List<Spec> specs(Tensor x, long batch, long hidden, long state) {
    DType wide = x.dtype().accumulator();
    Device device = x.device();
    List<Spec> out = new ArrayList<>();
    out.add(new Spec(rows(x, state), x.dtype(), device));
    out.add(new Spec(Shape.of(batch, state), x.dtype(), device));
    if (cell.hasCell()) {
      out.add(new Spec(Shape.of(batch, hidden), x.dtype(), device));
    }
    if (cell.saved() > 1) {
      out.add(new Spec(rows(x, cell.saved() * hidden), wide, device));
    }
    if (cell.hasCell()) {
      out.add(new Spec(rows(x, hidden), wide, device));
    }
    return out;
  }

  /** Like x, of another width. */
  private static Shape rows(Tensor x, long width) {
    long[] dims = x.shape().toArray();
    dims[dims.length - 1] = width;
    return Shape.of(dims);
  }

  private String label() {
    return cell.label();
  }

  private void require(boolean condition, String expected, Tensor x) {
    if (!condition) {
      throw new ShapeException(label() + ": expects " + expected + ", got shape " + x.shape());
    }
  }

  private void requireShape(String what, Tensor t, long... expected) {
    if (!t.shape().equals(Shape.of(expected))) {
      throw new ShapeException(
          label() + ": " + what + " must be " + Shape.of(expected) + ", not " + t.shape());
    }
  }

  private void requireSizes(long[] sizes, Tensor x) {
    long rows = 0;
    for (int t = 0; t < sizes.length; t++) {
      if (packed() && (sizes[t] < 1 || t > 0 && sizes[t] > sizes[t - 1])) {
        throw new ShapeException(
            label() + ": batch sizes " + batchSizes + " must be positive and never grow");
      }
      rows += sizes[t];
    }
    if (packed() && rows != x.dim(0)) {
      throw new ShapeException(
          label() + ": batch sizes " + batchSizes + " are of " + rows + " rows, not " + x.dim(0));
    }
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    DType dtype = in[0].dtype().accumulator();
    Operands all = Operands.of(cell, dense(dtype, in));
    Tensor[] out = new Tensor[outputs.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = Tensor.allocate(name(), outputs.get(i).shape(), dtype, all.x.device());
    }
    Tensor y = out[0];
    if (y.elements() > 0) {
      forward(all, out);
    }
    for (int i = 0; i < out.length; i++) {
      out[i] = Matrix.converted(out[i], outputs.get(i).dtype());
    }
    return out;
  }

  private void forward(Operands all, Tensor... out) {
    Tensor y = out[0];
    DType dtype = y.dtype();
    long hidden = all.hiddenSize(cell);
    Recurrence recurrence = recurrence(all, dtype);
    Tensor gates = saves() ? out[cell.hasCell() ? 3 : 2] : wide(all, cell.saved() * hidden);
    Tensor x = flat(all.x);
    Tensor zeros = all.biasInput == null ? zeros(Shape.of(cell.gates() * hidden), y) : null;
    CompiledKernel kernel = cell.kernel(dtype, RecurrentCell.Use.FORWARD);
    Memory at =
        new Memory()
            .add(gates)
            .add(zeros == null ? all.biasInput : zeros)
            .add(zeros == null ? all.biasHidden : zeros)
            .add(all.hidden)
            .add(all.cell)
            .add(all.weightHidden)
            .add(all.projection)
            .add(y)
            .add(cell.hasCell() ? out[4] : null)
            .add(out[1])
            .add(cell.hasCell() ? out[2] : null)
            .add(x)
            .add(all.weightInput);
    Products products =
        new Products(dtype, x.dim(1), all.weightInput.dim(0), cell.saved() * hidden);
    at.run(
        a ->
            recurrence.forward(
                kernel,
                new Recurrence.Forward(
                    a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10]),
                (begin, end) -> products.forward(begin, end, a[11], a[12], a[0])));
  }

  private boolean saves() {
    return cell.saved() > 1;
  }

  private Recurrence recurrence(Operands all, DType dtype) {
    long hidden = all.hiddenSize(cell);
    return new Recurrence(
        dtype,
        sizes(all.x),
        direction == ScanOp.Direction.REVERSE,
        hidden,
        all.weightHidden.dim(1),
        cell.gates() * hidden,
        cell.saved() * hidden);
  }

  private Tensor wide(Operands all, long width) {
    return Tensor.allocate(name(), rows(all.x, width), all.x.dtype(), all.x.device());
  }

  /** Undefined where the steps will write it. */
  private Tensor made(Shape shape, Tensor like) {
    return like.elements() == 0
        ? zeros(shape, like)
        : Tensor.allocate(name(), shape, like.dtype(), like.device());
  }

  private static Tensor zeros(Shape shape, Tensor like) {
    return Tensor.zeros(shape, like.dtype(), like.device());
  }

  private static Tensor[] dense(DType dtype, Tensor... in) {
    Tensor[] out = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = in[i] == null ? null : Matrix.converted(in[i].detach(), dtype).contiguous();
    }
    return out;
  }

  /** [rows, width] of a dense [steps, batch, width]. */
  private static Tensor flat(Tensor t) {
    return t.rank() == 2 ? t : t.detach().reshape(t.dim(0) * t.dim(1), t.dim(2));
  }

  private static Tensor turned(Tensor matrix) {
    return matrix.withLayout(matrix.layout().permute(new int[] {1, 0}));
  }

  /** Tensors as addresses for a library call; 0 for those that are null. */
  private static final class Memory {
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<Integer> places = new ArrayList<>();

    Memory add(Tensor t) {
      places.add(t == null ? -1 : tensors.size());
      if (t != null) {
        tensors.add(t);
      }
      return this;
    }

    void run(Backend.LibraryCall call) {
      Backend.of(tensors.get(0).device())
          .library(
              at ->
                  call.run(places.stream().mapToLong(place -> place < 0 ? 0 : at[place]).toArray()),
              tensors.toArray(new Tensor[0]));
    }
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 0 || i >= (cell.hasCell() ? 3 : 2);
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    for (int i = cell.hasCell() ? 3 : 2; i < grads.length; i++) {
      if (grads[i] != null) {
        throw new IllegalStateException("what " + label() + " saves takes no gradient");
      }
    }
    Tensor[] in = new Tensor[saved.inputs()];
    Arrays.setAll(in, saved::input);
    return RowOps.recording()
        ? new RecurrentSteps(this, Operands.of(cell, in)).vjp(grads)
        : gradients(saved, in, grads);
  }

  private Tensor[] gradients(Vjp saved, Tensor[] in, Tensor[] grads) {
    DType dtype = in[0].dtype().accumulator();
    Operands all = Operands.of(cell, dense(dtype, in));
    Tensor[] given = dense(dtype, grads);
    long hidden = all.hiddenSize(cell);
    long state = all.weightHidden.dim(1);
    boolean projects = all.projection != null;
    Tensor y = dense(dtype, saved.output(0))[0];
    Tensor gates = saves() ? saved.output(cell.hasCell() ? 3 : 2) : null;
    Tensor cells = cell.hasCell() ? saved.output(4) : null;
    Tensor gradHidden = given[1] == null ? zeros(all.hidden.shape(), y) : given[1].copy();
    Tensor gradCell =
        cell.hasCell() ? given[2] == null ? zeros(all.cell.shape(), y) : given[2].copy() : null;
    Recurrence recurrence = recurrence(all, dtype);
    long wide = cell.gates() * hidden;
    Recurrence.Kept kept = packed() ? Recurrence.Kept.ALL : Recurrence.Kept.SPAN;
    Shape gatesShape = Shape.of(packed() ? all.x.dim(0) : recurrence.spanRows(), wide);
    Tensor gradGates = made(gatesShape, y);
    Tensor gradProduct = cell.separatesProducts() ? made(gatesShape, y) : gradGates;
    Tensor gradStates = projects ? wide(all, state) : null;
    Tensor raw = projects ? wide(all, hidden) : null;
    RecurrentCell.Use use =
        projects
            ? RecurrentCell.Use.BACKWARD_PROJECTED
            : given[0] == null ? RecurrentCell.Use.BACKWARD_OF_LAST : RecurrentCell.Use.BACKWARD;
    CompiledKernel kernel = cell.kernel(dtype, use);
    int i = cell.hasCell() ? 3 : 2;
    Tensor x = flat(all.x);
    Tensor gradX = saved.needs(0) ? made(all.x.shape(), y) : null;
    Tensor gradInput = saved.needs(i) ? zeros(all.weightInput.shape(), y) : null;
    Tensor gradState = saved.needs(i + 1) && !packed() ? zeros(all.weightHidden.shape(), y) : null;
    boolean biased = all.biasInput != null;
    Tensor ones = Tensor.ones(Shape.of(recurrence.spanRows()), dtype, y.device());
    Tensor gradBias = biased ? zeros(all.biasInput.shape(), y) : null;
    Tensor gradBiasHidden =
        biased && cell.separatesProducts() ? zeros(all.biasHidden.shape(), y) : gradBias;
    if (y.elements() > 0) {
      Products products = new Products(dtype, x.dim(1), wide, wide);
      Products states = new Products(dtype, state, wide, wide);
      long batch = all.hidden.dim(0);
      boolean reverse = direction == ScanOp.Direction.REVERSE;
      new Memory()
          .add(gates)
          .add(all.hidden)
          .add(all.cell)
          .add(all.weightHidden)
          .add(all.projection)
          .add(y)
          .add(cells)
          .add(given[0])
          .add(gradHidden)
          .add(gradCell)
          .add(gradGates)
          .add(gradProduct)
          .add(gradStates)
          .add(raw)
          .add(x)
          .add(all.weightInput)
          .add(gradX)
          .add(gradInput)
          .add(gradState)
          .add(ones)
          .add(gradBias)
          .add(gradBiasHidden)
          .run(
              a ->
                  recurrence.backward(
                      kernel,
                      new Recurrence.Backward(
                          kept, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10],
                          a[11], a[12], a[13]),
                      (begin, end) -> {
                        long origin = packed() ? 0 : begin * wide * dtype.bytes();
                        long dGates = a[10] - origin;
                        long dProduct = a[11] - origin;
                        if (gradX != null) {
                          products.backward(begin, end, dGates, a[15], a[16]);
                        }
                        if (gradInput != null) {
                          products.weight(begin, end - begin, dGates, a[14], begin, a[17]);
                        }
                        if (gradState != null) {
                          states.before(
                              begin,
                              end,
                              y.elements() / state,
                              batch,
                              reverse,
                              dProduct,
                              a[5],
                              a[1],
                              a[18]);
                        }
                        if (gradBias != null) {
                          products.bias(begin, end, a[19], dGates, a[20]);
                        }
                        if (gradBiasHidden != gradBias) {
                          products.bias(begin, end, a[19], dProduct, a[21]);
                        }
                      }));
    }
    Operands out =
        new Operands(
            gradX,
            gradHidden,
            gradCell,
            gradInput,
            saved.needs(i + 1) && packed() ? gradWeightHidden(all, gradProduct, y) : gradState,
            gradBias,
            gradBiasHidden,
            projects ? product(turned(flat(gradStates)), flat(raw)) : null);
    return converted(in, out);
  }

  /** In the inputs' order and dtypes. */
  private Tensor[] converted(Tensor[] in, Operands grads) {
    List<Tensor> all = new ArrayList<>(List.of());
    all.add(grads.x);
    all.add(grads.hidden);
    if (cell.hasCell()) {
      all.add(grads.cell);
    }
    all.add(grads.weightInput);
    all.add(grads.weightHidden);
    if (grads.biasInput != null) {
      all.add(grads.biasInput);
      all.add(grads.biasHidden);
    }
    if (grads.projection != null) {
      all.add(grads.projection);
    }
    Tensor[] out = new Tensor[in.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = all.get(i) == null ? null : Matrix.converted(all.get(i), in[i].dtype());
    }
    return out;
  }

  private Tensor product(Tensor a, Tensor b) {
    Tensor out = Tensor.allocate(name(), Shape.of(a.dim(0), b.dim(1)), a.dtype(), a.device());
    Matrix.multiply(a, b, out, Matrix.Into.OVERWRITE);
    return out;
  }

  /** With the states before the rows of sequences of different lengths. */
  private Tensor gradWeightHidden(Operands all, Tensor grads, Tensor y) {
    return product(turned(grads), new RecurrentSteps(this, all).before(y, all.hidden));
  }

  /**
   * The products with one weight [wide, in] that are of many steps at once, on addresses.
   *
   * @param gates elements from row to row of gates
   */
  private record Products(DType dtype, long in, long wide, long gates) {
    /** {@code gates = x weight^T}, for rows. */
    void forward(long begin, long end, long x, long weight, long to) {
      Product product =
          new Product(dtype, false, true, end - begin, wide, in, in, in, gates, false);
      multiply(product, row(x, begin, in), weight, row(to, begin, gates));
    }

    /** {@code gradX = gradGates weight}, for rows. */
    void backward(long begin, long end, long grads, long weight, long gradX) {
      Product product =
          new Product(dtype, false, false, end - begin, in, wide, gates, in, in, false);
      multiply(product, row(grads, begin, gates), weight, row(gradX, begin, in));
    }

    /** {@code gradWeight += gradGates^T x}, for {@code count} rows from places in each. */
    void weight(long begin, long count, long grads, long x, long first, long gradWeight) {
      if (count > 0) {
        Product product = new Product(dtype, true, false, wide, in, count, gates, in, in, true);
        multiply(product, row(grads, begin, gates), row(x, first, in), gradWeight);
      }
    }

    /** {@code gradBias += } the sum of rows; {@code ones} are as many as a span has rows. */
    void bias(long begin, long end, long ones, long grads, long gradBias) {
      long rows = end - begin;
      Product product = new Product(dtype, false, false, 1, wide, rows, rows, gates, wide, true);
      multiply(product, ones, row(grads, begin, gates), gradBias);
    }

    /** As {@code weight}, where x is the states before: outputs, or for a batch the first ones. */
    void before(
        long begin,
        long end,
        long rows,
        long batch,
        boolean reverse,
        long grads,
        long outputs,
        long hidden,
        long gradWeight) {
      long least = reverse ? 0 : batch;
      long most = reverse ? rows - batch : rows;
      long from = Math.max(begin, least);
      weight(
          from,
          Math.min(end, most) - from,
          grads,
          outputs,
          reverse ? from + batch : from - batch,
          gradWeight);
      boolean first = reverse ? end == rows : begin == 0;
      weight(reverse ? most : 0, first ? batch : 0, grads, hidden, 0, gradWeight);
    }

    private long row(long address, long row, long width) {
      return address + row * width * dtype.bytes();
    }

    private static void multiply(Product product, long a, long b, long c) {
      Gemm.multiply(product, 1, a, 0, b, 0, c, 0);
    }
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    int states = cell.hasCell() ? 3 : 2;
    for (int i = states; i < in.length; i++) {
      if (batched[i]) {
        return Batching.loop(this, size, batched, in);
      }
    }
    // Slices become more sequences of the batch, each sequence's slices side by side.
    Tensor[] folded = in.clone();
    Tensor x = Batching.batched(size, batched[0], in[0]);
    int rows = packed() ? 0 : 1;
    folded[0] = fold(x, rows);
    for (int i = 1; i < states; i++) {
      folded[i] = fold(Batching.batched(size, batched[i], in[i]), 0);
    }
    long[] sizes = Arrays.stream(batchSizes.toArray()).map(n -> n * size).toArray();
    Tensor[] out = Tensor.applyAll(new RecurrentOp(cell, direction, Shape.of(sizes)), folded);
    for (int i = 0; i < out.length; i++) {
      out[i] = unfold(out[i], i > 0 && i < states ? 0 : rows, size);
    }
    return out;
  }

  /**
   * [size, ..., n, width] to [..., n * size, width], where n is dimension {@code at} of a slice.
   */
  private static Tensor fold(Tensor t, int at) {
    Tensor moved = t.movedim(0, at + 1);
    long[] dims = new long[t.rank() - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = t.dim(i + 1) * (i == at ? t.dim(0) : 1);
    }
    return moved.reshape(dims);
  }

  private static Tensor unfold(Tensor t, int at, long size) {
    return t.unflatten(at, t.dim(at) / size, size).movedim(at + 1, 0);
  }
}
