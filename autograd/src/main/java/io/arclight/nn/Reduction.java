package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.LossOp;
import io.arclight.tensor.op.Op;

/** What a loss makes of its elements. */
public enum Reduction {
  NONE,
  MEAN,
  SUM;

  Tensor of(Tensor losses) {
    return switch (this) {
      case NONE -> losses;
      case MEAN -> losses.mean();
      case SUM -> losses.sum();
    };
  }

  /** Of what the elementwise {@code each} gives. */
  Tensor of(Op each, Tensor... in) {
    return this == NONE
        ? Tensor.apply(each, in)
        : Tensor.apply(new LossOp(each, total(), LossOp.Weight.NONE), in);
  }

  /** The same of an operation's own; not of NONE. */
  LossOp.Total total() {
    return this == MEAN ? LossOp.Total.MEAN : LossOp.Total.SUM;
  }
}
