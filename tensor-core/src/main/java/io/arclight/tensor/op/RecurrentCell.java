package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.cpu.KernelCompiler;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a recurrent layer computes at a step, as kernels over the sequences of the step. Their
 * buffers are those of {@link io.arclight.tensor.cpu.Recurrence}.
 */
public enum RecurrentCell {
  /** {@code h = tanh(a)}, where {@code a = x W^T + b + h' U^T + c}. */
  RNN_TANH(1, 1) {
    @Override
    void forward(Forward k) {
      k.output(tanh(k.sum(0)));
    }

    @Override
    void backward(Backward k) {
      k.gradGate(0, mul(k.gradOutput(), slopeOfTanh(k.output())));
    }
  },
  /** As RNN_TANH, with relu. */
  RNN_RELU(1, 1) {
    @Override
    void forward(Forward k) {
      k.output(max(k.sum(0), k.constant(0)));
    }

    @Override
    void backward(Backward k) {
      k.gradGate(0, select(gt(k.output(), k.constant(0)), k.gradOutput(), k.constant(0)));
    }
  },
  /** Gates i, f, g, o; {@code c = f c' + i g}, {@code h = o tanh(c)}. */
  LSTM(4, 4) {
    @Override
    void forward(Forward k) {
      Expr i = k.gate(0, sigmoid(k.sum(0)));
      Expr f = k.gate(1, sigmoid(k.sum(1)));
      Expr g = k.gate(2, tanh(k.sum(2)));
      Expr o = k.gate(3, sigmoid(k.sum(3)));
      Expr c = k.cell(fma(f, k.cellBefore(), mul(i, g)));
      k.output(mul(o, tanh(c)));
    }

    @Override
    void backward(Backward k) {
      Expr i = k.gate(0);
      Expr f = k.gate(1);
      Expr g = k.gate(2);
      Expr o = k.gate(3);
      Expr t = k.let(tanh(k.cell()));
      Expr dh = k.gradOutput();
      Expr dc = k.let(fma(mul(dh, o), slopeOfTanh(t), k.gradCell()));
      k.gradGate(0, mul(mul(dc, g), slopeOfSigmoid(i)));
      k.gradGate(1, mul(mul(dc, k.cellBefore()), slopeOfSigmoid(f)));
      k.gradGate(2, mul(mul(dc, i), slopeOfTanh(g)));
      k.gradGate(3, mul(mul(dh, t), slopeOfSigmoid(o)));
      k.gradCellBefore(mul(dc, f));
      k.raw(mul(o, t));
    }
  },
  /**
   * Gates r, z, n; {@code n = tanh(a_n + r (h' U_n^T + c_n))}, {@code h = (1 - z) n + z h'}. What r
   * multiplies is kept as a fourth.
   */
  GRU(3, 4) {
    @Override
    void forward(Forward k) {
      Expr r = k.gate(0, sigmoid(k.sum(0)));
      Expr z = k.gate(1, sigmoid(k.sum(1)));
      Expr s = k.gate(3, k.state(2));
      Expr n = k.gate(2, tanh(fma(r, s, k.input(2))));
      k.output(fma(z, sub(k.outputBefore(), n), n));
    }

    @Override
    void backward(Backward k) {
      Expr r = k.gate(0);
      Expr z = k.gate(1);
      Expr n = k.gate(2);
      Expr dh = k.gradOutput();
      Expr dz = mul(mul(dh, sub(k.outputBefore(), n)), slopeOfSigmoid(z));
      Expr dn = k.let(mul(mul(dh, sub(k.constant(1), z)), slopeOfTanh(n)));
      Expr dr = mul(mul(dn, k.gate(3)), slopeOfSigmoid(r));
      k.gradGate(0, dr);
      k.gradGate(1, dz);
      k.gradGate(2, dn);
      k.gradProduct(0, dr);
      k.gradProduct(1, dz);
      k.gradProduct(2, mul(dn, r));
      k.gradOutputBefore(mul(dh, z));
    }
  };

  private record Key(RecurrentCell cell, DType dtype, Use use) {}

  /** What a kernel is for. */
  enum Use {
    FORWARD,
    /** Backward, with gradients of the outputs of all steps. */
    BACKWARD,
    /** Backward, where what comes from later steps is all there is. */
    BACKWARD_OF_LAST,
    /** As BACKWARD_OF_LAST; and writes the outputs as they were before a projection. */
    BACKWARD_PROJECTED
  }

  private static final Map<Key, CompiledKernel> KERNELS = new ConcurrentHashMap<>();

  private final int gates;
  private final int saved;

  RecurrentCell(int gates, int saved) {
    this.gates = gates;
    this.saved = saved;
  }

  /** Rows of the weights, as a multiple of the hidden size. */
  public int gates() {
    return gates;
  }

  /** Values that are kept for backward, as a multiple of the hidden size. */
  int saved() {
    return saved;
  }

  /** As errors name it. */
  String label() {
    return this == RNN_TANH || this == RNN_RELU ? "rnn" : name().toLowerCase(Locale.ROOT);
  }

  /** Whether there is a cell state beside the hidden state. */
  public boolean hasCell() {
    return this == LSTM;
  }

  /** Whether the gradient of the product with the state is not that of the product with x. */
  boolean separatesProducts() {
    return this == GRU;
  }

  abstract void forward(Forward k);

  abstract void backward(Backward k);

  CompiledKernel kernel(DType dtype, Use use) {
    return KERNELS.computeIfAbsent(
        new Key(this, dtype, use), key -> KernelCompiler.compile(build(dtype, use)));
  }

  private Kernel build(DType dtype, Use use) {
    String name = name().toLowerCase(Locale.ROOT);
    if (use == Use.FORWARD) {
      Forward k = new Forward(this, name, dtype);
      return k.build(() -> forward(k));
    }
    Backward k = new Backward(this, name + "_backward", dtype, use);
    return k.build(() -> backward(k));
  }

  /** By e^-|a|, which takes half the work of e^-a. */
  private static Expr sigmoid(Expr a) {
    Expr one = constant(a.type(), 1);
    Expr power = ReductionRules.decay(neg(abs(a)));
    Expr above = div(one, add(one, power));
    return select(lt(a, constant(a.type(), 0)), mul(power, above), above);
  }

  private static Expr slopeOfSigmoid(Expr y) {
    return mul(y, sub(constant(y.type(), 1), y));
  }

  private static Expr slopeOfTanh(Expr y) {
    return sub(constant(y.type(), 1), mul(y, y));
  }

  /** A kernel that goes over the elements of a row. */
  private abstract static class Builder {
    final RowKernel kernel;
    final Type type;
    private final RecurrentCell cell;
    private Expr hidden;
    private Expr.Var element;

    Builder(RecurrentCell cell, String name, DType dtype) {
      this.kernel = new RowKernel(name);
      this.cell = cell;
      this.type = dtype.type().value();
    }

    Kernel build(Runnable body) {
      hidden = kernel.param(Type.I64);
      element = kernel.fresh("j", Type.I64);
      List<Stmt> statements = kernel.block(body);
      kernel.add(new Stmt.Vector(element, hidden, statements));
      return kernel.build().kernel();
    }

    Expr constant(double value) {
      return io.arclight.tensor.ir.Exprs.constant(type, value);
    }

    Expr let(Expr value) {
      return kernel.let("v", value);
    }

    /** Where value {@code k} of {@code count} of the element lies. */
    private Expr place(int k, int count) {
      Expr at = add(mul(kernel.row, int64(count)), int64(k));
      return add(mul(at, hidden), element);
    }

    Expr load(int buffer) {
      return let(kernel.at(buffer, place(0, 1), type));
    }

    Expr load(int buffer, int k, int count) {
      return let(kernel.at(buffer, place(k, count), type));
    }

    /** Element of a vector of {@code k} times the hidden size. */
    Expr loadShared(int buffer, int k) {
      return kernel.at(buffer, add(mul(int64(k), hidden), element), type);
    }

    Expr store(int buffer, int k, int count, Expr value) {
      Expr v = let(value);
      kernel.add(kernel.store(buffer, place(k, count), v));
      return v;
    }

    int gates() {
      return cell.gates;
    }

    int saved() {
      return cell.saved;
    }
  }

  static final class Forward extends Builder {
    private final int gates;
    private final int product;
    private final int biasInput;
    private final int biasHidden;
    private final int outputBefore;
    private final int cellBefore;
    private final int output;
    private final int cell;

    Forward(RecurrentCell of, String name, DType dtype) {
      super(of, name, dtype);
      gates = kernel.updates(dtype);
      product = kernel.reads(dtype);
      biasInput = kernel.reads(dtype);
      biasHidden = kernel.reads(dtype);
      outputBefore = kernel.reads(dtype);
      cellBefore = kernel.reads(dtype);
      output = kernel.writes(dtype);
      cell = kernel.writes(dtype);
    }

    Expr input(int k) {
      return add(load(gates, k, saved()), loadShared(biasInput, k));
    }

    Expr state(int k) {
      return add(load(product, k, gates()), loadShared(biasHidden, k));
    }

    Expr sum(int k) {
      return let(add(input(k), state(k)));
    }

    Expr gate(int k, Expr value) {
      return store(gates, k, saved(), value);
    }

    Expr outputBefore() {
      return load(outputBefore);
    }

    Expr cellBefore() {
      return load(cellBefore);
    }

    void output(Expr value) {
      store(output, 0, 1, value);
    }

    Expr cell(Expr value) {
      return store(cell, 0, 1, value);
    }
  }

  static final class Backward extends Builder {
    private final int gates;
    private final int outputBefore;
    private final int cellBefore;
    private final int output;
    private final int cell;
    private final int gradOutput;
    private final int gradHidden;
    private final int gradCell;
    private final int gradGates;
    private final int gradProduct;
    private final int raw;
    private final Use use;

    Backward(RecurrentCell of, String name, DType dtype, Use use) {
      super(of, name, dtype);
      this.use = use;
      gates = kernel.reads(dtype);
      outputBefore = kernel.reads(dtype);
      cellBefore = kernel.reads(dtype);
      output = kernel.reads(dtype);
      cell = kernel.reads(dtype);
      gradOutput = kernel.reads(dtype);
      gradHidden = kernel.updates(dtype);
      gradCell = kernel.updates(dtype);
      gradGates = kernel.writes(dtype);
      gradProduct = kernel.writes(dtype);
      raw = kernel.writes(dtype);
    }

    Expr gate(int k) {
      return load(gates, k, saved());
    }

    Expr outputBefore() {
      return load(outputBefore);
    }

    Expr cellBefore() {
      return load(cellBefore);
    }

    Expr output() {
      return load(output);
    }

    Expr cell() {
      return load(cell);
    }

    Expr gradOutput() {
      Expr later = load(gradHidden);
      return use == Use.BACKWARD ? let(add(load(gradOutput), later)) : later;
    }

    Expr gradCell() {
      return load(gradCell);
    }

    void gradGate(int k, Expr value) {
      store(gradGates, k, gates(), value);
    }

    void gradProduct(int k, Expr value) {
      store(gradProduct, k, gates(), value);
    }

    void gradOutputBefore(Expr value) {
      store(gradHidden, 0, 1, value);
    }

    void gradCellBefore(Expr value) {
      store(gradCell, 0, 1, value);
    }

    void raw(Expr value) {
      if (use == Use.BACKWARD_PROJECTED) {
        store(raw, 0, 1, value);
      }
    }
  }
}
