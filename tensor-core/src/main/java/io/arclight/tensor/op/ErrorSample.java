package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.List;

/** An application that must fail, with the type and a part of the text of its error. */
public record ErrorSample(
    Sample.Call call, List<Tensor> inputs, Class<? extends TensorException> error, String text) {
  static ErrorSample of(
      Op op, Class<? extends TensorException> error, String text, Tensor... inputs) {
    return new ErrorSample(new Sample.Applied(op), List.of(inputs), error, text);
  }

  /** As {@link #composed}, of several outputs. */
  static ErrorSample composedAll(
      Sample.Call function, Class<? extends TensorException> error, String text, Tensor... inputs) {
    return new ErrorSample(function, List.of(inputs), error, text);
  }

  static ErrorSample composed(
      Sample.Composed function,
      Class<? extends TensorException> error,
      String text,
      Tensor... inputs) {
    return new ErrorSample(in -> new Tensor[] {function.apply(in)}, List.of(inputs), error, text);
  }
}
