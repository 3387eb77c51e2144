package io.arclight.nn;

import io.arclight.autograd.Checkpoint;
import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** Losses of classes so many that their logits are better not kept. */
abstract class ProjectedLossFunctions extends LossFunctions {
  /** Logits that are in memory at once, 16 MB in float32. */
  private static final long LOGITS = 1L << 22;

  ProjectedLossFunctions() {}

  /** The mean cross-entropy of {@code linear(input, weight)} against classes. */
  public static Tensor linearCrossEntropy(Tensor input, Tensor linearWeight, Tensor target) {
    return linearCrossEntropy(
        input, linearWeight, target, null, null, IGNORE_INDEX, 0, Reduction.MEAN);
  }

  /**
   * Cross-entropy of a linear map, computed in runs of rows, forward and again backward, so that
   * the logits are never whole in memory.
   *
   * @param input [n, in] or [in]
   * @param linearWeight [classes, in] or [classes, d1, ..., in]
   * @param target classes, int64 [n, d1, ...], or probabilities [n, classes, d1, ...]
   * @param linearBias [classes, d1, ...] or null
   * @param weight of the classes, or null
   * @param ignoreIndex the class that counts nothing
   * @param labelSmoothing the share of a target that all classes divide between them
   */
  public static Tensor linearCrossEntropy(
      Tensor input,
      Tensor linearWeight,
      Tensor target,
      Tensor linearBias,
      Tensor weight,
      long ignoreIndex,
      double labelSmoothing,
      Reduction reduction) {
    return linearCrossEntropy(
        input,
        linearWeight,
        target,
        linearBias,
        weight,
        ignoreIndex,
        labelSmoothing,
        reduction,
        LOGITS);
  }

  /**
   * @param most logits at once
   */
  static Tensor linearCrossEntropy(
      Tensor input,
      Tensor linearWeight,
      Tensor target,
      Tensor linearBias,
      Tensor weight,
      long ignoreIndex,
      double labelSmoothing,
      Reduction reduction,
      long most) {
    require(input, linearWeight, linearBias);
    boolean one = input.rank() == 1;
    Tensor x = one ? input.unsqueeze(0) : input;
    Tensor t = one ? target.unsqueeze(0) : target;
    requireTarget(x, linearWeight, t);
    long in = linearWeight.dim(-1);
    Tensor flat = linearWeight.reshape(-1, in);
    Tensor bias = linearBias == null ? null : linearBias.reshape(-1);
    long[] sizes = linearWeight.shape().toArray();
    System.arraycopy(sizes, 0, sizes, 1, sizes.length - 1);
    long rows = Math.max(1, most / Math.max(1, flat.dim(0)));
    long n = x.dim(0);
    Tensor[] parts = new Tensor[(int) Math.max(1, (n + rows - 1) / rows)];
    for (int i = 0; i < parts.length; i++) {
      long from = i * rows;
      long count = Math.min(rows, n - from);
      Tensor part = t.narrow(0, from, count);
      long[] shape = sizes.clone();
      shape[0] = count;
      Checkpoint losses =
          Checkpoint.of(
                  a ->
                      Functional.crossEntropy(
                          Functional.linear(a[0], a[1], a.length > 2 ? a[2] : null).reshape(shape),
                          part,
                          weight,
                          ignoreIndex,
                          labelSmoothing,
                          Reduction.NONE))
              .noRngState();
      Tensor run = x.narrow(0, from, count);
      parts[i] = bias == null ? losses.apply(run, flat) : losses.apply(run, flat, bias);
    }
    Tensor losses = parts.length == 1 ? parts[0] : Tensor.cat(0, parts);
    return reduced(losses, t, weight, ignoreIndex, reduction, one);
  }

  private static Tensor reduced(
      Tensor losses,
      Tensor target,
      Tensor weight,
      long ignoreIndex,
      Reduction reduction,
      boolean one) {
    if (reduction == Reduction.NONE) {
      return one ? losses.squeeze(0) : losses;
    }
    if (reduction == Reduction.SUM || target.dtype().isFloatingPoint()) {
      return reduction.of(losses);
    }
    DType wide = losses.dtype().accumulator();
    Tensor counted = target.ne(ignoreIndex);
    Tensor each = counted.to(wide);
    if (weight != null) {
      Tensor place = target.maskedFill(counted.logicalNot(), 0).reshape(-1);
      each = each.mul(weight.to(wide).indexSelect(0, place).reshape(target.shape()));
    }
    return losses.to(wide).sum().div(each.sum()).to(losses.dtype());
  }

  private static void require(Tensor input, Tensor weight, Tensor bias) {
    boolean fits =
        weight.rank() >= 2
            && (input.rank() == 2 || input.rank() == 1 && weight.rank() == 2)
            && input.dim(-1) == weight.dim(-1);
    if (!fits) {
      throw new ShapeException(
          "linearCrossEntropy: expects an input [n, in] and a weight [classes, ..., in], got "
              + input.shape()
              + " and "
              + weight.shape());
    }
    if (bias != null && bias.elements() * weight.dim(-1) != weight.elements()) {
      throw new ShapeException(
          "linearCrossEntropy: a bias of shape "
              + bias.shape()
              + " does not fit the weight "
              + weight.shape());
    }
  }

  private static void requireTarget(Tensor x, Tensor weight, Tensor target) {
    boolean shares = target.dtype().isFloatingPoint();
    int rank = weight.rank() - (shares ? 0 : 1);
    boolean fits = target.rank() == rank && target.dim(0) == x.dim(0);
    for (int d = 1; fits && d < rank; d++) {
      fits = target.dim(d) == weight.dim(shares ? d - 1 : d);
    }
    if (!fits) {
      throw new ShapeException(
          "linearCrossEntropy: targets of shape "
              + target.shape()
              + " do not fit "
              + x.dim(0)
              + " rows and a weight of shape "
              + weight.shape());
    }
  }
}
