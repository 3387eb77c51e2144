package io.arclight.tensor.op;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
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
 * then, where gradients may be recorded, what backward reads and gradients do not pass: the values
 * of the gates but for simple layers, and the cell states for LSTM.
 *
 * @param batchSizes of packed sequences; none for sequences of one length
 */
public record RecurrentOp(RecurrentCell cell, ScanOp.Direction direction, List<Long> batchSizes)
    implements Op {

  @Override
  public String name() {
    return cell.name();
  }

  boolean packed() {
    return !batchSizes.isEmpty();
  }

  /** Sequences at each step. */
  long[] sizes(Tensor x) {
    if (packed()) {
      return batchSizes.stream().mapToLong(n -> n).toArray();
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
    RecurrentOperands all = RecurrentOperands.of(cell, in);
    Tensor x = all.x();
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
    long state = all.projection() == null ? hidden : all.projection().dim(0);
    requireShape("weight_ih", all.weightInput(), wide, x.dim(-1));
    requireShape("weight_hh", all.weightHidden(), wide, state);
    requireShape("the hidden state", all.hidden(), sizes[0], state);
    if (cell.hasCell()) {
      requireShape("the cell state", all.cell(), sizes[0], hidden);
    }
    if (all.biasInput() != null) {
      requireShape("bias_ih", all.biasInput(), wide);
      requireShape("bias_hh", all.biasHidden(), wide);
    }
    if (all.projection() != null) {
      requireShape("weight_hr", all.projection(), state, hidden);
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
    boolean backward = Context.current().gradEnabled();
    if (backward && cell.saved() > 1) {
      out.add(new Spec(rows(x, cell.saved() * hidden), wide, device));
    }
    if (backward && cell.hasCell()) {
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
    RecurrentOperands all = RecurrentOperands.of(cell, dense(dtype, in));
    Tensor[] out = new Tensor[outputs.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = Tensor.allocate(name(), outputs.get(i).shape(), dtype, all.x().device());
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

  private void forward(RecurrentOperands all, Tensor... out) {
    Tensor y = out[0];
    DType dtype = y.dtype();
    long hidden = all.hiddenSize(cell);
    Recurrence recurrence = recurrence(all);
    int states = cell.hasCell() ? 3 : 2;
    boolean kept = out.length > states;
    long width = cell.saved() * hidden;
    int bytes = dtype.bytes();
    Tensor gates =
        kept
            ? out[states]
            : Tensor.allocate(name(), Shape.of(recurrence.spanRows(), width), dtype, y.device());
    Tensor x = flat(all.x());
    Tensor zeros = all.biasInput() == null ? zeros(Shape.of(cell.gates() * hidden), y) : null;
    CompiledKernel kernel = cell.kernel(dtype, RecurrentCell.Use.FORWARD);
    Addresses at =
        new Addresses()
            .add(gates)
            .add(zeros == null ? all.biasInput() : zeros)
            .add(zeros == null ? all.biasHidden() : zeros)
            .add(all.hidden())
            .add(all.cell())
            .add(all.weightHidden())
            .add(all.projection())
            .add(y)
            .add(kept && cell.hasCell() ? out[4] : null)
            .add(out[1])
            .add(cell.hasCell() ? out[2] : null)
            .add(x)
            .add(all.weightInput());
    RecurrentProducts products =
        new RecurrentProducts(dtype, x.dim(1), all.weightInput().dim(0), width);
    at.run(
        a ->
            recurrence.forward(
                kernel,
                new Recurrence.Forward(
                    kept ? Recurrence.Kept.ALL : Recurrence.Kept.SPAN,
                    a[0],
                    a[1],
                    a[2],
                    a[3],
                    a[4],
                    a[5],
                    a[6],
                    a[7],
                    a[8],
                    a[9],
                    a[10]),
                (begin, end) ->
                    products.forward(
                        begin, end, a[11], a[12], kept ? a[0] : a[0] - begin * width * bytes)));
  }

  Recurrence recurrence(RecurrentOperands all) {
    long hidden = all.hiddenSize(cell);
    return new Recurrence(
        all.x().dtype(),
        sizes(all.x()),
        direction == ScanOp.Direction.REVERSE,
        hidden,
        all.weightHidden().dim(1),
        cell.gates() * hidden,
        cell.saved() * hidden);
  }

  Tensor wide(RecurrentOperands all, long width) {
    return Tensor.allocate(name(), rows(all.x(), width), all.x().dtype(), all.x().device());
  }

  private static Tensor zeros(Shape shape, Tensor like) {
    return Tensor.zeros(shape, like.dtype(), like.device());
  }

  static Tensor[] dense(DType dtype, Tensor... in) {
    Tensor[] out = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = in[i] == null ? null : Matrix.converted(in[i].detach(), dtype).contiguous();
    }
    return out;
  }

  /** [rows, width] of a dense [steps, batch, width]. */
  static Tensor flat(Tensor t) {
    return t.rank() == 2 ? t : t.detach().reshape(t.dim(0) * t.dim(1), t.dim(2));
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
        ? new RecurrentSteps(this, RecurrentOperands.of(cell, in)).vjp(grads)
        : new RecurrentGradients(this, saved, in).of(in, grads);
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
    List<Long> sizes = batchSizes.stream().map(n -> n * size).toList();
    Tensor[] out = Tensor.applyAll(new RecurrentOp(cell, direction, sizes), folded);
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
