package io.arclight.tensor.op;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.ErrorText;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** What losses over classes, dimension 1 of [n, classes, ...], share. */
final class ClassWeights {
  /** {@link #sample} as TorchScript. */
  static final String SAMPLE = "torch.arange(1, x0.size(1) + 1, dtype=x0.dtype) / 4";

  private ClassWeights() {}

  /** Checks the optional weights of the classes, one for each. */
  static void require(String op, Tensor x, Tensor weight) {
    if (weight.rank() != 1 || weight.dim(0) != x.dim(1)) {
      throw new ShapeException(
          op
              + ": expects a weight for each of the "
              + x.dim(1)
              + " classes, got shape "
              + weight.shape());
    }
    if (weight.dtype() != x.dtype()) {
      throw new DTypeException(
          op + ": the weight must be " + x.dtype() + " as the input, not " + weight.dtype());
    }
    Elementwise.sameDevice(op, x, weight);
  }

  /** The weights in the shape in which they broadcast to [n, classes, ...]. */
  static Tensor along(Tensor weight, int rank) {
    long[] sizes = new long[rank];
    Arrays.fill(sizes, 1);
    sizes[1] = weight.dim(0);
    return weight.reshape(Shape.of(sizes));
  }

  /** The sizes of [n, classes, ...] without the classes. */
  static long[] without(Tensor x) {
    long[] out = new long[x.rank() - 1];
    for (int i = 0; i < out.length; i++) {
      out[i] = x.dim(i == 0 ? 0 : i + 1);
    }
    return out;
  }

  /** Says which of {@code targets} is not one of the classes. */
  static ErrorText notAClass(Tensor targets, long classes) {
    return (row, value) -> {
      int at = Indexing.find(targets, value);
      String where =
          at < 0 ? "" : ", at position " + Arrays.toString(Indexing.position(at, targets.shape()));
      return "target " + value + " is not a class (" + classes + " classes)" + where;
    };
  }

  /** The weights of samples: a quarter, two quarters and so on. */
  static Tensor sample(Tensor x) {
    return Tensor.arange(1, x.dim(1) + 1, 1, x.dtype(), x.device()).div(4);
  }
}
