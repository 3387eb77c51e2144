package io.arclight.nn.utils;

import io.arclight.tensor.Dim;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.stream.IntStream;

/** {@code magnitude * direction / norm(direction)}, with norms over all dimensions but one. */
final class WeightNorm extends Parametrization {
  /** In the place of the dimension: norms over all. */
  static final int ALL = -1;

  private final int dim;

  WeightNorm(int dim) {
    this.dim = dim;
  }

  /** {@code dim} from the front. */
  static int axis(Tensor weight, int dim) {
    int out = dim < 0 ? dim + weight.rank() : dim;
    if (out < 0 || out >= weight.rank()) {
      throw new ShapeException(
          "weightNorm: a parameter of shape " + weight.shape() + " has no dimension " + dim);
    }
    return out;
  }

  private Tensor norms(Tensor v) {
    if (dim == ALL) {
      return v.norm();
    }
    int[] others = IntStream.range(0, v.rank()).filter(d -> d != dim).toArray();
    // Over no dimensions it is the size of each element.
    return others.length == 0 ? v.abs() : v.norm(Dim.of(others), Dim.Keep.KEEP);
  }

  @Override
  public Tensor forward(Tensor... in) {
    return in[1].mul(in[0].div(norms(in[1])));
  }

  @Override
  public Tensor[] rightInverse(Tensor weight) {
    return new Tensor[] {norms(weight), weight};
  }
}
