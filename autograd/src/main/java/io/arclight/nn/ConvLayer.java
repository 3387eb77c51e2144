package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Locale;

/**
 * What all convolution layers share: weight and bias, uniform on ±1/sqrt(fan in) from the standard
 * generator, and options to be set before first use. Numbers are given once, or for each spatial
 * dimension.
 *
 * @param <S> the layer itself
 */
public abstract class ConvLayer<S extends ConvLayer<S>> extends Layer {
  final int n;
  final long inChannels;
  final long outChannels;
  final Shape kernel;
  private Tensor weight;
  private Tensor bias;

  ConvLayer(int n, long inChannels, long outChannels, long... kernel) {
    this.n = n;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernel = Sizes.each(getClass().getSimpleName() + ": kernel", Shape.of(kernel), n);
    if (inChannels < 1 || outChannels < 1 || this.kernel.elements() < 1) {
      throw new IllegalArgumentException(
          "%s: channels and kernel sizes must be positive, got %d, %d and %s"
              .formatted(getClass().getSimpleName(), inChannels, outChannels, this.kernel));
    }
    create(1, true);
  }

  /** First dimensions of the weight. */
  abstract long[] channels(long groups);

  @SuppressWarnings("unchecked")
  final S self() {
    return (S) this;
  }

  private void create(long groups, boolean biased) {
    long[] channels = channels(groups);
    long[] dims = new long[n + 2];
    dims[0] = channels[0];
    dims[1] = channels[1];
    System.arraycopy(kernel.toArray(), 0, dims, 2, n);
    double bound = 1 / Math.sqrt((double) channels[1] * kernel.elements());
    weight = register("weight", Init.uniform(Shape.of(dims), -bound, bound));
    bias = null;
    if (biased) {
      bias = register("bias", Init.uniform(Shape.of(outChannels), -bound, bound));
    }
  }

  /** Makes weight and bias anew. */
  final void regroup(long groups) {
    if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0) {
      throw new IllegalArgumentException(
          "%s: %d groups do not divide %d input and %d output channels"
              .formatted(getClass().getSimpleName(), groups, inChannels, outChannels));
    }
    boolean biased = bias != null;
    unregister("weight");
    unregister("bias");
    create(groups, biased);
  }

  /** Without the bias. */
  public S noBias() {
    unregister("bias");
    bias = null;
    return self();
  }

  /** Sets the bias, which it may not have had. */
  final void bias(Tensor next) {
    unregister("bias");
    bias = register("bias", next.detach());
  }

  /** The kernel. */
  public Tensor weight() {
    return weight;
  }

  /** Null without a bias. */
  public Tensor bias() {
    return bias;
  }

  /** As PyTorch prints it. */
  final String describe(
      Shape stride,
      Object padding,
      Shape dilation,
      Shape outputPadding,
      long groups,
      PadMode mode) {
    StringBuilder out = new StringBuilder();
    out.append(inChannels).append(", ").append(outChannels);
    out.append(", kernel_size=").append(tuple(kernel)).append(", stride=").append(tuple(stride));
    if (padding instanceof Padding rule) {
      out.append(", padding=").append(rule.name().toLowerCase(Locale.ROOT));
    } else if (!Sizes.all((Shape) padding, 0)) {
      out.append(", padding=").append(tuple((Shape) padding));
    }
    if (!Sizes.all(dilation, 1)) {
      out.append(", dilation=").append(tuple(dilation));
    }
    if (!Sizes.all(outputPadding, 0)) {
      out.append(", output_padding=").append(tuple(outputPadding));
    }
    if (groups != 1) {
      out.append(", groups=").append(groups);
    }
    if (bias == null) {
      out.append(", bias=False");
    }
    if (mode != PadMode.CONSTANT) {
      out.append(", padding_mode=").append(mode.name().toLowerCase(Locale.ROOT));
    }
    return out.toString();
  }

  private String tuple(Shape sizes) {
    return Sizes.tuple(Sizes.each("sizes", sizes, n).toArray());
  }
}
