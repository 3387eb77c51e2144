package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/** An operation that writes over some elements of its first input, or over those of a copy. */
interface WritingOp extends Op {
  /** Writes into {@code target}, which has the values of the first input. */
  void write(Tensor target, Tensor... in);

  @Override
  default Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    evalInto(out, in);
    return new Tensor[] {out};
  }

  @Override
  default void evalInto(Tensor target, Tensor... in) {
    if (in[0] != target) {
      Pointwise.SECOND.evalInto(target, target, in[0]);
    }
    write(target, in);
  }
}
