package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * An application that tests are generated from.
 *
 * @param call what is applied
 * @param peer the same as a TorchScript expression over {@code x0, x1, ...}, giving a tensor, a
 *     tuple or a list; statements may stand before it, with semicolons between. Names are Python's:
 *     {@code torch.linalg.inv(x0)}, {@code x0.to(torch.float64)}. Null where there is a reason in
 *     {@code difference}
 * @param difference from PyTorch, or null
 * @param smooth whether the inputs are where derivatives can be checked
 */
public record Sample(
    Call call, List<Tensor> inputs, String peer, Difference difference, boolean smooth) {

  /** How this sample's result is known to differ from PyTorch's, and why that is right. */
  public record Difference(Aspect aspect, String reason) {
    /** What differs. */
    public enum Aspect {
      /** PyTorch has no such function. */
      NO_PEER,
      /** Values, dtype, shape, or that PyTorch refuses; gradients are not compared either. */
      VALUE,
      /** Gradients only. */
      GRADIENT
    }
  }

  /** What a sample applies: an operation, or a function composed of several. */
  @FunctionalInterface
  public interface Call {
    Tensor[] apply(Tensor... inputs);
  }

  /** A single operation. */
  record Applied(Op op) implements Call {
    @Override
    public Tensor[] apply(Tensor... inputs) {
      return Tensor.applyAll(op, inputs);
    }

    @Override
    public String toString() {
      return op.toString();
    }
  }

  /** A function of one output. */
  @FunctionalInterface
  interface Composed {
    Tensor apply(Tensor... inputs);
  }

  static Sample of(Op op, Tensor... inputs) {
    return new Sample(new Applied(op), List.of(inputs), null, null, true);
  }

  /** A function composed of operations, as {@code in -> in[0].matmul(in[1])}. */
  static Sample composed(Composed function, Tensor... inputs) {
    return new Sample(in -> new Tensor[] {function.apply(in)}, List.of(inputs), null, null, true);
  }

  /** A function composed of operations, of several outputs. */
  static Sample composedAll(Call function, Tensor... inputs) {
    return new Sample(function, List.of(inputs), null, null, true);
  }

  /** With {@code expression} as PyTorch's equal. */
  Sample peer(String expression) {
    return new Sample(call, inputs, expression, difference, smooth);
  }

  /** At infinities, jumps and the like: derivatives are not checked. */
  Sample valuesOnly() {
    return new Sample(call, inputs, peer, difference, false);
  }

  /** Without an equal in PyTorch, for this reason. */
  Sample withoutPeer(String reason) {
    Difference none = new Difference(Difference.Aspect.NO_PEER, reason);
    return new Sample(call, inputs, null, none, smooth);
  }

  /** Known to differ from PyTorch, for this reason; a test fails where it does not. */
  Sample differs(Difference.Aspect aspect, String reason) {
    return new Sample(call, inputs, peer, new Difference(aspect, reason), smooth);
  }

  /** The operation, or null where several are composed. */
  public Op op() {
    return call instanceof Applied a ? a.op : null;
  }

  /** Whether the first output has gradients. */
  public boolean differentiable() {
    if (!smooth) {
      return false;
    }
    if (op() != null) {
      return op().differentiable();
    }
    Tensor[] wanting =
        inputs.stream()
            .map(t -> t.dtype().isDifferentiable() ? t.detach().copy().requiresGrad(true) : t)
            .toArray(Tensor[]::new);
    return run(wanting)[0].requiresGrad();
  }

  public Tensor[] run() {
    return run(inputs.toArray(new Tensor[0]));
  }

  /** Applied to other inputs. */
  public Tensor[] run(Tensor... others) {
    return call.apply(others);
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder(op() == null ? "composed" : op().toString());
    for (Tensor t : inputs) {
      s.append(' ').append(t.dtype()).append(t.shape());
    }
    return s.toString();
  }
}
