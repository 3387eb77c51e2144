package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * Takes batch normalisations in evaluation mode into the layers before them.
 *
 * <pre>{@code
 * model.eval();
 * Fusion.fuseConvBnEval(conv, norm);
 * model.set(1, new Identity());
 * }</pre>
 */
public final class Fusion {
  private Fusion() {}

  /**
   * Changes {@code conv}, transposed or not, so that it gives what {@code norm} made of its
   * results.
   *
   * @return {@code conv}
   * @throws IllegalArgumentException unless both are in evaluation mode and fit
   */
  public static <C extends ConvLayer<C>> C fuseConvBnEval(C conv, BatchNorm<?> norm) {
    require(conv, norm, conv.outChannels);
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor scale = scale(norm);
      Tensor weight = conv.weight();
      if (conv instanceof Conv<?>) {
        long[] sizes = new long[weight.rank()];
        Arrays.fill(sizes, 1);
        sizes[0] = conv.outChannels;
        weight.mulInPlace(scale.reshape(sizes));
      } else {
        // [in, out / groups, ...]: each group of inputs has outputs of its own.
        long perGroup = weight.dim(1);
        long groups = conv.outChannels / perGroup;
        Tensor byGroup = weight.detach().reshape(groups, conv.inChannels / groups, perGroup, -1);
        byGroup.mulInPlace(scale.reshape(groups, 1, perGroup, 1));
      }
      conv.bias(shifted(conv.bias(), scale, norm));
    }
    return conv;
  }

  /** As {@link #fuseConvBnEval}, for a linear layer. */
  public static Linear fuseLinearBnEval(Linear linear, BatchNorm<?> norm) {
    require(linear, norm, linear.weight().dim(0));
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor scale = scale(norm);
      linear.weight().mulInPlace(scale.unsqueeze(1));
      linear.bias(shifted(linear.bias(), scale, norm));
    }
    return linear;
  }

  private static void require(Layer layer, BatchNorm<?> norm, long out) {
    String what = layer.getClass().getSimpleName() + " and " + norm.getClass().getSimpleName();
    if (layer.isTraining() || norm.isTraining()) {
      throw new IllegalArgumentException(
          "fusing " + what + ": both must be in evaluation mode; call eval()");
    }
    if (norm.runningMean() == null || norm.numFeatures() != out) {
      throw new IllegalArgumentException(
          "fusing "
              + what
              + ": "
              + (norm.runningMean() == null
                  ? "the norm has no running statistics"
                  : "the layer gives " + out + " channels, the norm takes " + norm.numFeatures()));
    }
  }

  private static Tensor scale(BatchNorm<?> norm) {
    Tensor rstd = norm.runningVar().add(norm.eps()).rsqrt();
    return norm.weight() == null ? rstd : rstd.mul(norm.weight());
  }

  private static Tensor shifted(Tensor bias, Tensor scale, BatchNorm<?> norm) {
    Tensor centred = bias == null ? norm.runningMean().neg() : bias.sub(norm.runningMean());
    Tensor out = centred.mul(scale);
    return norm.bias() == null ? out : out.add(norm.bias());
  }
}
