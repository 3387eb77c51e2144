package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.Objects;
import java.util.stream.Stream;

/** The inputs of a {@link RecurrentOp} by what they are; null where there is none. */
record RecurrentOperands(
    Tensor x,
    Tensor hidden,
    Tensor cell,
    Tensor weightInput,
    Tensor weightHidden,
    Tensor biasInput,
    Tensor biasHidden,
    Tensor projection) {

  static RecurrentOperands of(RecurrentCell cell, Tensor... in) {
    int at = cell.hasCell() ? 3 : 2;
    int more = in.length - at - 2;
    boolean biased = more >= 2;
    return new RecurrentOperands(
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
    return Stream.of(x, hidden, cell, weightInput, weightHidden, biasInput, biasHidden, projection)
        .filter(Objects::nonNull)
        .toArray(Tensor[]::new);
  }

  long hiddenSize(RecurrentCell kind) {
    return weightHidden.dim(0) / kind.gates();
  }
}
