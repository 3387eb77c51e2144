package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Convolutions; images and their windows in {@link WindowFunctions}. */
abstract class ConvolutionFunctions extends WindowFunctions {
  ConvolutionFunctions() {}

  /** {@link #conv1d(Tensor, Tensor, Tensor, ConvOptions)} with a stride of 1 and no padding. */
  public static Tensor conv1d(Tensor input, Tensor weight, Tensor bias) {
    return conv1d(input, weight, bias, new ConvOptions());
  }

  /**
   * Convolution: strictly a correlation, as the kernel is not reversed.
   *
   * @param input [n, in, length] or [in, length]
   * @param weight [out, in / groups, kernel]
   * @param bias [out] or null
   * @throws io.arclight.tensor.ShapeException for channels that do not fit, and for a kernel larger
   *     than the padded input
   */
  public static Tensor conv1d(Tensor input, Tensor weight, Tensor bias, ConvOptions options) {
    return Convolve.forward(1, input, weight, bias, options);
  }

  /** {@link #conv2d(Tensor, Tensor, Tensor, ConvOptions)} with a stride of 1 and no padding. */
  public static Tensor conv2d(Tensor input, Tensor weight, Tensor bias) {
    return conv2d(input, weight, bias, new ConvOptions());
  }

  /**
   * As {@link #conv1d(Tensor, Tensor, Tensor, ConvOptions)}, of images.
   *
   * <pre>{@code
   * Functional.conv2d(images, weight, null, new ConvOptions().stride(2).padding(1));
   * }</pre>
   *
   * @param input [n, in, height, width] or [in, height, width]
   * @param weight [out, in / groups, height, width]
   * @param bias [out] or null
   */
  public static Tensor conv2d(Tensor input, Tensor weight, Tensor bias, ConvOptions options) {
    return Convolve.forward(2, input, weight, bias, options);
  }

  /** {@link #conv3d(Tensor, Tensor, Tensor, ConvOptions)} with a stride of 1 and no padding. */
  public static Tensor conv3d(Tensor input, Tensor weight, Tensor bias) {
    return conv3d(input, weight, bias, new ConvOptions());
  }

  /**
   * As {@link #conv1d(Tensor, Tensor, Tensor, ConvOptions)}, of volumes.
   *
   * @param input [n, in, depth, height, width] or without n
   * @param weight [out, in / groups, depth, height, width]
   * @param bias [out] or null
   */
  public static Tensor conv3d(Tensor input, Tensor weight, Tensor bias, ConvOptions options) {
    return Convolve.forward(3, input, weight, bias, options);
  }

  /** With a stride of 1 and no padding. */
  public static Tensor convTranspose1d(Tensor input, Tensor weight, Tensor bias) {
    return convTranspose1d(input, weight, bias, new ConvTransposeOptions());
  }

  /**
   * Transposed convolution: the gradient of a convolution by its input, which makes it larger.
   *
   * @param input [n, in, length] or [in, length]
   * @param weight [in, out / groups, kernel]
   * @param bias [out] or null
   */
  public static Tensor convTranspose1d(
      Tensor input, Tensor weight, Tensor bias, ConvTransposeOptions options) {
    return Convolve.transposed(1, input, weight, bias, options);
  }

  /** With a stride of 1 and no padding. */
  public static Tensor convTranspose2d(Tensor input, Tensor weight, Tensor bias) {
    return convTranspose2d(input, weight, bias, new ConvTransposeOptions());
  }

  /**
   * As {@link #convTranspose1d(Tensor, Tensor, Tensor, ConvTransposeOptions)}, of images.
   *
   * @param input [n, in, height, width] or [in, height, width]
   * @param weight [in, out / groups, height, width]
   * @param bias [out] or null
   */
  public static Tensor convTranspose2d(
      Tensor input, Tensor weight, Tensor bias, ConvTransposeOptions options) {
    return Convolve.transposed(2, input, weight, bias, options);
  }

  /** With a stride of 1 and no padding. */
  public static Tensor convTranspose3d(Tensor input, Tensor weight, Tensor bias) {
    return convTranspose3d(input, weight, bias, new ConvTransposeOptions());
  }

  /**
   * As {@link #convTranspose1d(Tensor, Tensor, Tensor, ConvTransposeOptions)}, of volumes.
   *
   * @param input [n, in, depth, height, width] or without n
   * @param weight [in, out / groups, depth, height, width]
   * @param bias [out] or null
   */
  public static Tensor convTranspose3d(
      Tensor input, Tensor weight, Tensor bias, ConvTransposeOptions options) {
    return Convolve.transposed(3, input, weight, bias, options);
  }

  /**
   * Convolution of sequences whose time comes first.
   *
   * @param input [time, n, in]
   * @param weight [kernel, in, out]
   * @param bias [out]
   * @param pad zeros before and after each sequence
   */
  public static Tensor convTbc(Tensor input, Tensor weight, Tensor bias, long pad) {
    Convolve.requireRank("conv_tbc", input, 3, "[time, n, in]");
    Convolve.requireRank("conv_tbc", weight, 3, "[kernel, in, out]");
    Tensor rows = input.permute(1, 2, 0);
    Tensor kernel = weight.permute(2, 1, 0);
    ConvOptions options = new ConvOptions().padding(pad);
    return conv1d(rows, kernel, bias, options).permute(2, 0, 1);
  }
}
