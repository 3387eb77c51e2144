package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;
import java.util.Arrays;

/** Activations: float tensors of any shape, elementwise unless a dimension is named. */
abstract class ActivationFunctions extends DropoutFunctions {
  ActivationFunctions() {}

  // ---- operations that layers share

  static Op eluOp(double alpha) {
    return Pointwise.ELU.with(null, alpha);
  }

  static Op celuOp(double alpha) {
    if (alpha == 0) {
      throw new IllegalArgumentException("celu: alpha cannot be 0, by which it divides");
    }
    return Pointwise.CELU.with(null, alpha);
  }

  static Op leakyReluOp(double negativeSlope) {
    return Pointwise.LEAKY_RELU.with(null, negativeSlope);
  }

  static Op geluOp(GELU.Approximate approximate) {
    return approximate == GELU.Approximate.TANH ? Pointwise.GELU_TANH : Pointwise.GELU;
  }

  static Op softplusOp(double beta, double threshold) {
    return Pointwise.SOFTPLUS.with(null, beta, threshold);
  }

  static Op softshrinkOp(double lambda) {
    if (!(lambda >= 0)) {
      throw new IllegalArgumentException("softshrink: lambda must be at least 0, not " + lambda);
    }
    return Pointwise.SOFTSHRINK.with(null, lambda);
  }

  static Op hardshrinkOp(double lambda) {
    return Pointwise.HARDSHRINK.with(null, lambda);
  }

  static Op hardtanhOp(double minVal, double maxVal) {
    if (!(minVal <= maxVal)) {
      throw new IllegalArgumentException(
          "hardtanh: the least value must not be above the largest, got " + minVal + ", " + maxVal);
    }
    return Pointwise.HARDTANH.with(null, minVal, maxVal);
  }

  static Op thresholdOp(double threshold, double value) {
    return Pointwise.THRESHOLD.with(null, threshold, value);
  }

  static void requireSlopes(double lower, double upper) {
    if (!(lower <= upper)) {
      throw new IllegalArgumentException(
          "rrelu: the lower slope must not be above the upper, got " + lower + ", " + upper);
    }
  }

  // ---- rectifiers

  /** {@code max(x, 0)}. */
  public static Tensor relu(Tensor input) {
    return input.relu();
  }

  public static Tensor reluInPlace(Tensor input) {
    return input.inPlace(Pointwise.RELU);
  }

  /** {@code min(max(x, 0), 6)}. */
  public static Tensor relu6(Tensor input) {
    return hardtanh(input, 0, 6);
  }

  /** A slope of 0.01. */
  public static Tensor leakyRelu(Tensor input) {
    return leakyRelu(input, 0.01);
  }

  /** {@code x} where positive, else {@code negativeSlope * x}. */
  public static Tensor leakyRelu(Tensor input, double negativeSlope) {
    return Tensor.apply(leakyReluOp(negativeSlope), input);
  }

  public static Tensor leakyReluInPlace(Tensor input, double negativeSlope) {
    return input.inPlace(leakyReluOp(negativeSlope));
  }

  /**
   * {@code x} where positive, else {@code weight * x}.
   *
   * @param weight [1], or [c] for an input [n, c, ...], of the input's dtype
   */
  public static Tensor prelu(Tensor input, Tensor weight) {
    if (weight.dtype() != input.dtype() && Context.current().autocast() == null) {
      throw new DTypeException(
          "prelu: the weight must be " + input.dtype() + " as the input, not " + weight.dtype());
    }
    return input.prelu(weight.reshape(byChannel(input, weight)));
  }

  /** The shape in which {@code weight} broadcasts along the channels of {@code input}. */
  private static Shape byChannel(Tensor input, Tensor weight) {
    if (weight.rank() < 2 && weight.elements() == 1) {
      return Shape.SCALAR;
    }
    long channels = input.rank() > 1 ? input.dim(1) : 1;
    if (weight.rank() != 1 || weight.dim(0) != channels) {
      throw new ShapeException(
          "prelu: expects a weight [1] or ["
              + channels
              + "] for an input of shape "
              + input.shape()
              + ", got "
              + weight.shape());
    }
    long[] sizes = new long[input.rank() - 1];
    Arrays.fill(sizes, 1);
    sizes[0] = channels;
    return Shape.of(sizes);
  }

  /**
   * {@code x} where positive, else {@code x} times a slope drawn for each element on [lower,
   * upper), as {@link RReLU} in training; where the thread has keys for the rows, by sample.
   */
  public static Tensor rrelu(Tensor input, double lower, double upper) {
    return input.prelu(slopes(input, lower, upper));
  }

  public static Tensor rreluInPlace(Tensor input, double lower, double upper) {
    return input.inPlace(Pointwise.PRELU, slopes(input, lower, upper));
  }

  private static Tensor slopes(Tensor input, double lower, double upper) {
    requireSlopes(lower, upper);
    return Generator.standard().uniformLike(input).mul(upper - lower).add(lower);
  }

  // ---- exponential units

  /** An alpha of 1. */
  public static Tensor elu(Tensor input) {
    return elu(input, 1);
  }

  /** {@code x} where positive, else {@code alpha * (exp(x) - 1)}. */
  public static Tensor elu(Tensor input, double alpha) {
    return Tensor.apply(eluOp(alpha), input);
  }

  public static Tensor eluInPlace(Tensor input, double alpha) {
    return input.inPlace(eluOp(alpha));
  }

  /** {@code x} where positive, else {@code alpha * (exp(x / alpha) - 1)}. */
  public static Tensor celu(Tensor input, double alpha) {
    return Tensor.apply(celuOp(alpha), input);
  }

  public static Tensor celuInPlace(Tensor input, double alpha) {
    return input.inPlace(celuOp(alpha));
  }

  /** Scaled ELU, which keeps mean 0 and variance 1 through layers. */
  public static Tensor selu(Tensor input) {
    return Tensor.apply(Pointwise.SELU, input);
  }

  public static Tensor seluInPlace(Tensor input) {
    return input.inPlace(Pointwise.SELU);
  }

  // ---- smooth and gated units

  /** {@code x} times the standard normal distribution function of {@code x}. */
  public static Tensor gelu(Tensor input) {
    return input.gelu();
  }

  public static Tensor gelu(Tensor input, GELU.Approximate approximate) {
    return Tensor.apply(geluOp(approximate), input);
  }

  /** {@code x * sigmoid(x)}. */
  public static Tensor silu(Tensor input) {
    return input.silu();
  }

  /** {@code x * tanh(softplus(x))}. */
  public static Tensor mish(Tensor input) {
    return Tensor.apply(Pointwise.MISH, input);
  }

  /**
   * The first half along {@code dim} times the sigmoid of the second.
   *
   * @throws ShapeException if the dimension has an odd size
   */
  public static Tensor glu(Tensor input, int dim) {
    if (input.rank() == 0 || input.dim(dim) % 2 != 0) {
      throw new ShapeException(
          "glu: the dimension to halve must have an even size, got shape "
              + input.shape()
              + " and dimension "
              + dim);
    }
    long half = input.dim(dim) / 2;
    return Tensor.apply(
        Pointwise.SIGMOID_GATE, input.narrow(dim, 0, half), input.narrow(dim, half, half));
  }

  public static Tensor sigmoid(Tensor input) {
    return input.sigmoid();
  }

  public static Tensor logsigmoid(Tensor input) {
    return input.logSigmoid();
  }

  public static Tensor tanh(Tensor input) {
    return input.tanh();
  }

  /** {@code log(1 + exp(x))}; {@code x} above 20. */
  public static Tensor softplus(Tensor input) {
    return input.softplus();
  }

  /** {@code log(1 + exp(beta x)) / beta}; {@code x} where {@code beta x} is above the threshold. */
  public static Tensor softplus(Tensor input, double beta, double threshold) {
    return Tensor.apply(softplusOp(beta, threshold), input);
  }

  /** {@code x / (1 + |x|)}. */
  public static Tensor softsign(Tensor input) {
    return Tensor.apply(Pointwise.SOFTSIGN, input);
  }

  // ---- piecewise units

  /** {@code x} less {@code lambda} in magnitude, 0 within it. */
  public static Tensor softshrink(Tensor input, double lambda) {
    return Tensor.apply(softshrinkOp(lambda), input);
  }

  /** 0 where {@code |x|} is at most {@code lambda}. */
  public static Tensor hardshrink(Tensor input, double lambda) {
    return Tensor.apply(hardshrinkOp(lambda), input);
  }

  /** {@code x - tanh(x)}. */
  public static Tensor tanhshrink(Tensor input) {
    return Tensor.apply(Pointwise.TANHSHRINK, input);
  }

  /** 0 below -3, 1 above 3, straight between. */
  public static Tensor hardsigmoid(Tensor input) {
    return Tensor.apply(Pointwise.HARDSIGMOID, input);
  }

  /** {@code x * hardsigmoid(x)}. */
  public static Tensor hardswish(Tensor input) {
    return Tensor.apply(Pointwise.HARDSWISH, input);
  }

  /** From -1 to 1. */
  public static Tensor hardtanh(Tensor input) {
    return hardtanh(input, -1, 1);
  }

  /** {@code min(max(x, minVal), maxVal)}. */
  public static Tensor hardtanh(Tensor input, double minVal, double maxVal) {
    return Tensor.apply(hardtanhOp(minVal, maxVal), input);
  }

  public static Tensor hardtanhInPlace(Tensor input, double minVal, double maxVal) {
    return input.inPlace(hardtanhOp(minVal, maxVal));
  }

  /** {@code value} where {@code x} is at most {@code threshold}. */
  public static Tensor threshold(Tensor input, double threshold, double value) {
    return Tensor.apply(thresholdOp(threshold, value), input);
  }

  public static Tensor thresholdInPlace(Tensor input, double threshold, double value) {
    return input.inPlace(thresholdOp(threshold, value));
  }

  // ---- along a dimension

  public static Tensor softmax(Tensor input, int dim) {
    return input.softmax(dim);
  }

  /** In {@code dtype}, to which the input is converted first. */
  public static Tensor softmax(Tensor input, int dim, DType dtype) {
    return input.to(dtype).softmax(dim);
  }

  /** Softmax of {@code -x}. */
  public static Tensor softmin(Tensor input, int dim) {
    return input.neg().softmax(dim);
  }

  public static Tensor logSoftmax(Tensor input, int dim) {
    return input.logSoftmax(dim);
  }

  /** In {@code dtype}, to which the input is converted first. */
  public static Tensor logSoftmax(Tensor input, int dim, DType dtype) {
    return input.to(dtype).logSoftmax(dim);
  }

  /**
   * Samples of categories along {@code dim} that have gradients: softmax of the logits with Gumbel
   * noise, over the temperature {@code tau}. Where the thread has keys for the rows, by sample.
   */
  public static Tensor gumbelSoftmax(Tensor logits, double tau, int dim, GumbelSample sample) {
    Tensor noise = Generator.standard().uniformLike(logits).neg().log1p().neg().log().neg();
    Tensor soft = logits.add(noise).div(tau).softmax(dim);
    if (sample == GumbelSample.SOFT) {
      return soft;
    }
    Tensor index = soft.detach().argmax(dim).unsqueeze(dim);
    Tensor hard = soft.detach().zerosLike().scatter(dim, index, 1);
    return hard.sub(soft.detach()).add(soft);
  }
}
