package io.arclight.tensor.op;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.List;

/** Maxima over windows that follow from the input's shape, and their places. */
interface MaxPooling extends Op {
  Windows windows();

  /** How messages call it. */
  String label();

  @Override
  default List<Spec> infer(Tensor... in) {
    return Pooling.inferMax(label(), windows(), in[0]);
  }

  @Override
  default Tensor[] eval(List<Spec> outputs, Tensor... in) {
    return Pooling.max(label(), windows(), outputs, in[0]);
  }

  @Override
  default boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  default Tensor[] vjp(Vjp saved, Tensor... grads) {
    Shape shape = saved.inputShape(0);
    return new Tensor[] {Pooling.maxGradient(label(), windows(), shape, grads[0], saved.output(1))};
  }

  @Override
  default Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Pooling.batch(this, in[0]);
  }
}
