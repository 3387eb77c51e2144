package io.arclight.nn;

import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.LinearOp;
import java.util.Arrays;

/** Linear maps and lookups. */
abstract class LinearFunctions {
  LinearFunctions() {}

  /**
   * {@code input weight^T + bias}.
   *
   * @param input [..., in]
   * @param weight [out, in]
   * @param bias [out] or null
   */
  public static Tensor linear(Tensor input, Tensor weight, Tensor bias) {
    if (input.rank() == 0 || input.dim(-1) != weight.dim(1)) {
      throw new ShapeException(
          "linear: expects rows of "
              + weight.dim(1)
              + " features, got shape "
              + input.shape()
              + " for a weight of shape "
              + weight.shape());
    }
    if (bias == null) {
      return input.matmul(weight.t());
    }
    if (input.rank() == 2) {
      return Tensor.apply(new LinearOp(), input, weight, bias);
    }
    long[] sizes = input.shape().toArray();
    sizes[sizes.length - 1] = weight.dim(0);
    Tensor rows = input.reshape(input.elements() / Math.max(1, weight.dim(1)), weight.dim(1));
    return Tensor.apply(new LinearOp(), rows, weight, bias).reshape(sizes);
  }

  /** The rows of {@code weight} [n, d] at {@code input} int64 [...], as [..., d]. */
  public static Tensor embedding(Tensor input, Tensor weight) {
    Tensor rows = weight.indexSelect(0, input.reshape(input.elements()));
    long[] sizes = Arrays.copyOf(input.shape().toArray(), input.rank() + 1);
    sizes[input.rank()] = weight.dim(1);
    return rows.reshape(sizes);
  }
}
