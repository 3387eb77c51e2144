package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Recurrence;
import io.arclight.tensor.ir.CompiledKernel;
import java.util.ArrayList;
import java.util.List;

/** The gradients of a {@link RecurrentOp}, by its loop and products; not recorded. */
final class RecurrentGradients {
  private final RecurrentOp op;
  private final RecurrentCell cell;
  private final Vjp saved;
  private final DType dtype;
  private final RecurrentOperands all;
  private final long hidden;
  private final long state;
  private final boolean projects;
  private final Tensor y;

  RecurrentGradients(RecurrentOp op, Vjp saved, Tensor... in) {
    this.op = op;
    this.saved = saved;
    cell = op.cell();
    dtype = in[0].dtype().accumulator();
    all = RecurrentOperands.of(cell, RecurrentOp.dense(dtype, in));
    hidden = all.hiddenSize(cell);
    state = all.weightHidden().dim(1);
    projects = all.projection() != null;
    y = RecurrentOp.dense(dtype, saved.output(0))[0];
  }

  /** Gradients of the inputs {@code in}; null where none is needed. */
  Tensor[] of(Tensor[] in, Tensor... grads) {
    Tensor[] given = RecurrentOp.dense(dtype, grads);
    Tensor gates = cell.saved() > 1 ? saved.output(cell.hasCell() ? 3 : 2) : null;
    Tensor cells = cell.hasCell() ? saved.output(4) : null;
    Tensor gradHidden = given[1] == null ? zeros(all.hidden().shape()) : given[1].copy();
    Tensor gradCell =
        cell.hasCell() ? given[2] == null ? zeros(all.cell().shape()) : given[2].copy() : null;
    Recurrence recurrence = op.recurrence(all);
    long wide = cell.gates() * hidden;
    Recurrence.Kept kept = op.packed() ? Recurrence.Kept.ALL : Recurrence.Kept.SPAN;
    Shape gatesShape = Shape.of(op.packed() ? all.x().dim(0) : recurrence.spanRows(), wide);
    Tensor gradGates = made(gatesShape);
    Tensor gradProduct = cell.separatesProducts() ? made(gatesShape) : gradGates;
    Tensor gradStates = projects ? op.wide(all, state) : null;
    Tensor raw = projects ? op.wide(all, hidden) : null;
    RecurrentCell.Use use =
        projects
            ? RecurrentCell.Use.BACKWARD_PROJECTED
            : given[0] == null ? RecurrentCell.Use.BACKWARD_OF_LAST : RecurrentCell.Use.BACKWARD;
    CompiledKernel kernel = cell.kernel(dtype, use);
    int i = cell.hasCell() ? 3 : 2;
    Tensor x = RecurrentOp.flat(all.x());
    Tensor gradX = saved.needs(0) ? made(all.x().shape()) : null;
    Tensor gradInput = saved.needs(i) ? zeros(all.weightInput().shape()) : null;
    Tensor gradState =
        saved.needs(i + 1) && !op.packed() ? zeros(all.weightHidden().shape()) : null;
    boolean biased = all.biasInput() != null;
    Tensor ones = Tensor.ones(Shape.of(recurrence.spanRows()), dtype, y.device());
    Tensor gradBias = biased ? zeros(all.biasInput().shape()) : null;
    Tensor gradBiasHidden =
        biased && cell.separatesProducts() ? zeros(all.biasHidden().shape()) : gradBias;
    if (y.elements() > 0) {
      RecurrentProducts products = new RecurrentProducts(dtype, x.dim(1), wide, wide);
      RecurrentProducts states = new RecurrentProducts(dtype, state, wide, wide);
      long batch = all.hidden().dim(0);
      boolean reverse = op.direction() == ScanOp.Direction.REVERSE;
      new Addresses()
          .add(gates)
          .add(all.hidden())
          .add(all.cell())
          .add(all.weightHidden())
          .add(all.projection())
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
          .add(all.weightInput())
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
                        long origin = op.packed() ? 0 : begin * wide * dtype.bytes();
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
    RecurrentOperands out =
        new RecurrentOperands(
            gradX,
            gradHidden,
            gradCell,
            gradInput,
            saved.needs(i + 1) && op.packed() ? gradWeightHidden(gradProduct) : gradState,
            gradBias,
            gradBiasHidden,
            projects ? product(turned(RecurrentOp.flat(gradStates)), RecurrentOp.flat(raw)) : null);
    return converted(in, out);
  }

  /** In the inputs' order and dtypes. */
  private Tensor[] converted(Tensor[] in, RecurrentOperands grads) {
    List<Tensor> all = new ArrayList<>();
    all.add(grads.x());
    all.add(grads.hidden());
    if (cell.hasCell()) {
      all.add(grads.cell());
    }
    all.add(grads.weightInput());
    all.add(grads.weightHidden());
    if (grads.biasInput() != null) {
      all.add(grads.biasInput());
      all.add(grads.biasHidden());
    }
    if (grads.projection() != null) {
      all.add(grads.projection());
    }
    Tensor[] out = new Tensor[in.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = all.get(i) == null ? null : Matrix.converted(all.get(i), in[i].dtype());
    }
    return out;
  }

  private Tensor product(Tensor a, Tensor b) {
    Tensor out = Tensor.allocate(op.name(), Shape.of(a.dim(0), b.dim(1)), a.dtype(), a.device());
    Matrix.multiply(a, b, out, Matrix.Into.OVERWRITE);
    return out;
  }

  /** With the states before the rows of sequences of different lengths. */
  private Tensor gradWeightHidden(Tensor grads) {
    return product(turned(grads), new RecurrentSteps(op, all).before(y, all.hidden()));
  }

  /** Undefined where the steps will write it. */
  private Tensor made(Shape shape) {
    return y.elements() == 0 ? zeros(shape) : Tensor.allocate(op.name(), shape, dtype, y.device());
  }

  private Tensor zeros(Shape shape) {
    return Tensor.zeros(shape, dtype, y.device());
  }

  private static Tensor turned(Tensor matrix) {
    return matrix.withLayout(matrix.layout().permute(new int[] {1, 0}));
  }
}
