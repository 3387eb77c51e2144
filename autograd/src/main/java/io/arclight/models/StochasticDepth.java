package io.arclight.models;

import io.arclight.nn.Functional;
import io.arclight.nn.Layer;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * While training, zeroes each sample with probability {@code p} and scales the others by {@code 1 /
 * (1 - p)}.
 *
 * @see <a href="https://arxiv.org/abs/1603.09382">Huang et al. 2016</a>
 */
final class StochasticDepth extends Layer {
  private final double p;

  StochasticDepth(double p) {
    this.p = p;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (!isTraining() || p == 0) {
      return x;
    }
    long[] sizes = new long[x.rank()];
    Arrays.fill(sizes, 1);
    sizes[0] = x.dim(0);
    return x.mul(Functional.dropout(x.newOnes(Shape.of(sizes)), p));
  }

  @Override
  protected String extra() {
    return "p=" + p + ", mode=row";
  }
}
