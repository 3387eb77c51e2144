package io.arclight.nn;

import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * Divides [n, channels, height, width] by {@code (k + alpha / size * squares of neighbouring
 * channels)^beta}: the older form of {@link LocalResponseNorm}. As in PyTorch, windows reach {@code
 * (size - 1) / 2} channels to both sides, and the first channel stays in all of them.
 */
public final class CrossMapLRN2d extends ResponseNorm<CrossMapLRN2d> {
  /** Over windows of {@code size} channels; alpha 1e-4, beta 0.75, k 1. */
  public CrossMapLRN2d(long size) {
    super(size);
    if (size < 1) {
      throw new IllegalArgumentException("CrossMapLRN2d: size must be positive, not " + size);
    }
  }

  @Override
  CrossMapLRN2d self() {
    return this;
  }

  @Override
  Tensor forward(Tensor input, long size, double alpha, double beta, double k) {
    if (input.rank() != 4) {
      throw new ShapeException(
          "CrossMapLRN2d: expects an input of 4 dimensions, got shape " + input.shape());
    }
    if (input.elements() == 0) {
      return input;
    }
    long reach = (size - 1) / 2;
    Tensor squares = input.square();
    Tensor windows = squares.pad(1, reach, reach, 0).unfold(1, 2 * reach + 1, 1).sum(-1);
    Tensor total = windows.add(squares.narrow(1, 0, 1).mul(beyond(input, reach)));
    return input.div(total.mul(alpha / size).add(k).pow(beta));
  }

  /** [1, channels, 1, 1]: 1 for channels whose window the first would have left. */
  private static Tensor beyond(Tensor input, long reach) {
    long channels = input.dim(1);
    double[] out = new double[(int) channels];
    for (long c = reach + 1; c < channels; c++) {
      out[(int) c] = 1;
    }
    return Tensor.of(out).to(input.dtype()).to(input.device()).reshape(1, channels, 1, 1);
  }

  /** A whole number without its fraction, as in PyTorch, where it is an integer. */
  @Override
  String text(double k) {
    return k == Math.rint(k) ? Repr.number(k).replace(".0", "") : Repr.number(k);
  }
}
