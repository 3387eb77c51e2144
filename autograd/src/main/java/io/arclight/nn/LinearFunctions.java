package io.arclight.nn;

import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.LinearOp;

/** Linear maps. */
abstract class LinearFunctions extends EmbeddingFunctions {
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

  /**
   * {@code y[o] = x1^T weight[o] x2 + bias[o]}.
   *
   * @param input1 [..., in1]
   * @param input2 [..., in2], of the same leading sizes
   * @param weight [out, in1, in2]
   * @param bias [out] or null
   */
  public static Tensor bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor bias) {
    long[] sizes = input1.shape().toArray();
    boolean fits =
        weight.rank() == 3
            && input1.rank() > 0
            && input1.rank() == input2.rank()
            && input1.dim(-1) == weight.dim(1)
            && input2.dim(-1) == weight.dim(2);
    for (int i = 0; fits && i < sizes.length - 1; i++) {
      fits = sizes[i] == input2.dim(i);
    }
    if (!fits || bias != null && (bias.rank() != 1 || bias.dim(0) != weight.dim(0))) {
      throw new ShapeException(
          "bilinear: inputs "
              + input1.shape()
              + " and "
              + input2.shape()
              + " do not fit a weight [out, in1, in2] of shape "
              + weight.shape()
              + (bias == null ? "" : " and a bias of shape " + bias.shape()));
    }
    long out = weight.dim(0);
    long n = 1;
    for (int i = 0; i < sizes.length - 1; i++) {
      n *= sizes[i];
    }
    Tensor rows = input1.reshape(n, weight.dim(1));
    Tensor spread = weight.permute(1, 0, 2).reshape(weight.dim(1), out * weight.dim(2));
    Tensor left = rows.matmul(spread).reshape(n, out, weight.dim(2));
    Tensor y = left.matmul(input2.reshape(n, weight.dim(2), 1)).squeeze(2);
    sizes[sizes.length - 1] = out;
    y = y.reshape(sizes);
    return bias == null ? y : y.add(bias);
  }
}
