package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.BatchNormOp;
import io.arclight.tensor.op.ChannelAffineOp;
import io.arclight.tensor.op.GroupNormOp;
import io.arclight.tensor.op.RmsNormOp;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Normalisation. */
abstract class NormalizationFunctions extends PoolingFunctions {
  NormalizationFunctions() {}

  /**
   * Normalises each channel of {@code input} [n, channels, ...], then scales and shifts it.
   *
   * @param runningMean [channels], moved towards the batch's in training; null with {@code
   *     runningVar} for none
   * @param weight [channels] or null, as {@code bias}
   */
  public static Tensor batchNorm(
      Tensor input,
      Tensor runningMean,
      Tensor runningVar,
      Tensor weight,
      Tensor bias,
      NormOptions options) {
    requireChannels("batchNorm", input);
    long channels = input.dim(1);
    requireRunning("batchNorm", channels, runningMean, runningVar);
    if (options.statistics() == NormOptions.Statistics.RUNNING) {
      requireRunning("batchNorm", runningMean);
      return running(input, runningMean, runningVar, weight, bias, options.eps());
    }
    long count = input.elements() / Math.max(1, channels);
    if (count == 1) {
      throw new ShapeException(
          "batchNorm: one value per channel has no variance: training needs more than the input "
              + input.shape()
              + " has; use a larger batch, leave a last batch of one row out (dropLast,"
              + " --drop-last), or eval()");
    }
    Tensor[] out = Tensor.applyAll(new BatchNormOp(options.eps()), affine(input, weight, bias));
    if (runningMean != null && count > 0) {
      track(runningMean, out[1], 1, options);
      track(runningVar, out[2], count / (count - 1.0), options);
    }
    return out[0];
  }

  /** Where the batch is that of all whom {@code total} sums over. */
  static Tensor sharedBatchNorm(
      Tensor input,
      Tensor runningMean,
      Tensor runningVar,
      Tensor weight,
      Tensor bias,
      NormOptions options,
      UnaryOperator<Tensor> total) {
    DType dtype = input.dtype().accumulator();
    Tensor x = input.to(dtype);
    long channels = x.dim(1);
    int[] over = new int[x.rank() - 1];
    Arrays.setAll(over, i -> i == 0 ? 0 : i + 1);
    Tensor own = Tensor.full(Shape.of(1), x.elements() / channels, dtype, x.device());
    Tensor sums = total.apply(Tensor.cat(0, x.sum(over), own));
    double count = sums.detach().narrow(0, channels, 1).toDoubles()[0];
    if (count <= 1) {
      throw new ShapeException(
          "batchNorm: the batches of all ranks have "
              + (long) count
              + " values per channel: training needs more");
    }
    Tensor mean = sums.narrow(0, 0, channels).div(count);
    long[] beside = new long[x.rank()];
    Arrays.fill(beside, 1);
    beside[1] = channels;
    Tensor squares = x.sub(mean.reshape(beside)).square().sum(over);
    Tensor var = total.apply(squares).div(count);
    if (runningMean != null) {
      track(runningMean, mean, 1, options);
      track(runningVar, var, count / (count - 1), options);
    }
    return running(input, mean, var, weight, bias, options.eps());
  }

  /** Moves {@code running} towards {@code scale * batch}. */
  private static void track(Tensor running, Tensor batch, double scale, NormOptions options) {
    if (Context.current().recomputing()) {
      return;
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor step = batch.detach().mul(scale * options.momentum());
      running.mulInPlace(1 - options.momentum()).addInPlace(step.to(running.dtype()));
    }
  }

  private static Tensor running(
      Tensor input, Tensor mean, Tensor var, Tensor weight, Tensor bias, double eps) {
    DType sum = input.dtype().accumulator();
    Tensor scale = var.to(sum).add(eps).rsqrt();
    scale = weight == null ? scale : scale.mul(weight.to(sum));
    Tensor shift = bias == null ? Tensor.zeros(mean.shape(), sum, mean.device()) : bias;
    return Tensor.apply(new ChannelAffineOp(), input, mean, scale, shift);
  }

  /** The input, with weight and bias where there is one of them. */
  private static Tensor[] affine(Tensor input, Tensor weight, Tensor bias) {
    if (weight == null && bias == null) {
      return new Tensor[] {input};
    }
    Shape channels = Shape.of(input.dim(1));
    return new Tensor[] {
      input,
      weight == null ? Tensor.ones(channels, input.dtype(), input.device()) : weight,
      bias == null ? Tensor.zeros(channels, input.dtype(), input.device()) : bias
    };
  }

  private static void requireChannels(String name, Tensor input) {
    if (input.rank() < 2) {
      throw new ShapeException(
          name + ": needs an input [n, channels, ...], got shape " + input.shape());
    }
  }

  private static void requireRunning(String name, Tensor mean) {
    if (mean == null) {
      throw new IllegalArgumentException(
          name + ": evaluation needs running statistics; give them, or use the input's own");
    }
  }

  private static void requireRunning(String name, long channels, Tensor mean, Tensor var) {
    if ((mean == null) != (var == null)) {
      throw new IllegalArgumentException(name + ": runningMean and runningVar go together");
    }
    if (mean != null
        && (!mean.shape().equals(Shape.of(channels)) || !var.shape().equals(mean.shape()))) {
      throw new ShapeException(
          name
              + ": running statistics of shapes "
              + mean.shape()
              + " and "
              + var.shape()
              + " are not those of "
              + channels
              + " channels");
    }
  }

  /**
   * Normalises each channel of each sample of {@code input} [n, channels, ...] by itself; the
   * running statistics move towards the means over the samples.
   */
  public static Tensor instanceNorm(
      Tensor input,
      Tensor runningMean,
      Tensor runningVar,
      Tensor weight,
      Tensor bias,
      NormOptions options) {
    requireChannels("instanceNorm", input);
    long channels = input.dim(1);
    requireRunning("instanceNorm", channels, runningMean, runningVar);
    if (options.statistics() == NormOptions.Statistics.RUNNING) {
      requireRunning("instanceNorm", runningMean);
      return running(input, runningMean, runningVar, weight, bias, options.eps());
    }
    long places = 1;
    for (int d = 2; d < input.rank(); d++) {
      places *= input.dim(d);
    }
    if (places == 1) {
      throw new ShapeException(
          "instanceNorm: a channel of one element has no variance: needs more than the input "
              + input.shape()
              + " has");
    }
    if (channels == 0) {
      return input;
    }
    Tensor[] in = affine(input, weight, bias);
    Tensor[] out = Tensor.applyAll(new GroupNormOp(channels, options.eps()), in);
    if (runningMean != null && input.elements() > 0) {
      track(runningMean, out[1].detach().mean(0), 1, options);
      track(runningVar, out[2].detach().mean(0), places / (places - 1.0), options);
    }
    return out[0];
  }

  /**
   * Normalises groups of neighbouring channels of each sample of {@code input} [n, channels, ...].
   *
   * @param weight [channels] or null, as {@code bias}
   */
  public static Tensor groupNorm(
      Tensor input, long groups, Tensor weight, Tensor bias, double eps) {
    requireChannels("groupNorm", input);
    return Tensor.applyAll(new GroupNormOp(groups, eps), affine(input, weight, bias))[0];
  }

  /**
   * Normalises over the trailing dimensions {@code normalized}.
   *
   * @param weight of the shape {@code normalized}, or null, as {@code bias}
   */
  public static Tensor layerNorm(
      Tensor input, Shape normalized, Tensor weight, Tensor bias, double eps) {
    requireTrailing("layerNorm", input, normalized);
    long n = normalized.elements();
    Tensor w = weight == null ? Tensor.ones(Shape.of(n), input.dtype(), input.device()) : weight;
    Tensor b = bias == null ? Tensor.zeros(Shape.of(n), input.dtype(), input.device()) : bias;
    if (normalized.rank() == 1) {
      return input.layerNorm(w, b, eps);
    }
    return rows(input, normalized)
        .layerNorm(w.reshape(n), b.reshape(n), eps)
        .reshape(input.shape());
  }

  /**
   * Divides by the root mean square over the trailing dimensions {@code normalized}.
   *
   * @param weight of the shape {@code normalized}, or null
   * @param eps null for the smallest step from 1 of the dtype that is computed in
   */
  public static Tensor rmsNorm(Tensor input, Shape normalized, Tensor weight, Double eps) {
    requireTrailing("rmsNorm", input, normalized);
    long n = normalized.elements();
    Tensor w = weight == null ? Tensor.ones(Shape.of(n), input.dtype(), input.device()) : weight;
    double added = eps == null ? input.dtype().accumulator().finfo().eps() : eps;
    Tensor rows = normalized.rank() == 1 ? input : rows(input, normalized);
    return Tensor.applyAll(new RmsNormOp(added), rows, w.reshape(n))[0].reshape(input.shape());
  }

  private static void requireTrailing(String name, Tensor input, Shape normalized) {
    int first = input.rank() - normalized.rank();
    long[] sizes = input.shape().toArray();
    if (first < 0
        || !Arrays.equals(sizes, first, sizes.length, normalized.toArray(), 0, normalized.rank())) {
      throw new ShapeException(
          name + ": expects trailing dimensions " + normalized + ", got shape " + input.shape());
    }
  }

  private static Tensor rows(Tensor input, Shape normalized) {
    int first = input.rank() - normalized.rank();
    long[] flat = Arrays.copyOf(input.shape().toArray(), first + 1);
    flat[first] = normalized.elements();
    return input.reshape(flat);
  }

  /**
   * Divides by {@code (k + alpha * mean of squares of size neighbouring channels)^beta}, zeros
   * standing for channels that are not there; {@code input} is [n, channels, places...].
   */
  public static Tensor localResponseNorm(
      Tensor input, long size, double alpha, double beta, double k) {
    if (input.rank() < 3) {
      throw new ShapeException(
          "localResponseNorm: needs an input [n, channels, ...] of at least 3 dimensions, got "
              + input.shape());
    }
    if (size < 1) {
      throw new IllegalArgumentException("localResponseNorm: size must be positive, not " + size);
    }
    if (input.elements() == 0) {
      return input;
    }
    Tensor squares = input.square().pad(1, size / 2, (size - 1) / 2, 0);
    Tensor mean = squares.unfold(1, size, 1).mean(-1);
    return input.div(mean.mul(alpha).add(k).pow(beta));
  }

  /** Divides by the Euclidean norm along dimension 1, which is at least 1e-12. */
  public static Tensor normalize(Tensor input) {
    return normalize(input, 2, 1, 1e-12);
  }

  /** Divides by the p-norm along {@code dim}, which is at least {@code eps}. */
  public static Tensor normalize(Tensor input, double p, int dim, double eps) {
    return input.div(input.norm(p, Dim.of(dim), Dim.Keep.KEEP).clamp(eps, null));
  }
}
