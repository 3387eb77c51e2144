package io.arclight.it.ops;

import java.util.List;
import java.util.function.Function;

/**
 * A function that is timed, as each library writes it.
 *
 * @param inputs of a size
 * @param out libtorch's form with the result given, or null; the result comes last
 * @param python over {@code x0, x1, ...}
 * @param pythonOut with the result {@code o}, or null
 */
record Work(
    String family,
    String name,
    Function<Integer, List<Input>> inputs,
    Function<io.arclight.tensor.Tensor[], io.arclight.tensor.Tensor> arclight,
    Function<org.bytedeco.pytorch.Tensor[], org.bytedeco.pytorch.Tensor> libtorch,
    Function<org.bytedeco.pytorch.Tensor[], Object> out,
    String python,
    String pythonOut) {

  /**
   * What a function takes.
   *
   * @param below 0 for float32 on [-1, 1), else int64 on [0, below)
   */
  record Input(long below, long... shape) {
    static Input floats(long... shape) {
      return new Input(0, shape);
    }

    long elements() {
      long n = 1;
      for (long d : shape) {
        n *= d;
      }
      return n;
    }
  }
}
