package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.CtcLossOp;
import java.util.Arrays;

/** Losses of sequences. */
abstract class SequenceFunctions extends ProjectedLossFunctions {
  SequenceFunctions() {}

  /** With class 0 as blank, and the mean. */
  public static Tensor ctcLoss(
      Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, new CTCLoss());
  }

  /**
   * Connectionist temporal classification. The gradient is PyTorch's, by the logits that {@code
   * logProbs} are a logSoftmax of.
   *
   * @param logProbs [steps, batch, classes], or [steps, classes] with targets [length] and lengths
   *     that are scalars
   * @param targets int64 or int32 [batch, length], or all one after the other [sum of lengths]
   * @param inputLengths steps of each sequence, int64 or int32 [batch]
   * @param targetLengths targets of each sequence, int64 or int32 [batch]
   * @throws ShapeException if sizes do not fit, or the blank is no class
   * @throws io.arclight.tensor.DataException if a length is out of range or a target is no class
   */
  public static Tensor ctcLoss(
      Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths, CTCLoss options) {
    boolean single = logProbs.rank() == 2;
    Tensor x = single ? logProbs.unsqueeze(1) : logProbs;
    Tensor steps = lengths(inputLengths, single);
    Tensor lengths = lengths(targetLengths, single);
    Tensor classes = integers(targets);
    if (single && classes.rank() == 1) {
      classes = classes.unsqueeze(0);
    } else if (classes.rank() == 1) {
      classes = padded(classes, lengths);
    }
    CtcLossOp op = new CtcLossOp(options.blank(), options.infinity());
    Tensor loss = Tensor.applyAll(op, x, classes, steps, lengths)[0];
    if (options.reduction() == Reduction.MEAN) {
      return loss.div(lengths.clamp(1, null).to(loss.dtype())).mean();
    }
    return options.reduction() == Reduction.NONE && single
        ? loss.squeeze(0)
        : options.reduction().of(loss);
  }

  private static Tensor lengths(Tensor lengths, boolean single) {
    Tensor all = integers(lengths);
    return single && all.rank() == 0 ? all.unsqueeze(0) : all;
  }

  private static Tensor integers(Tensor t) {
    if (t.dtype() != DType.INT64 && t.dtype() != DType.INT32) {
      throw new DTypeException(
          "ctcLoss: targets and lengths must be int64 or int32, not " + t.dtype());
    }
    return t.to(DType.INT64);
  }

  /** Targets one after the other as [batch, longest]. */
  private static Tensor padded(Tensor targets, Tensor lengths) {
    long[] counts = lengths.reshape(lengths.elements()).toLongs();
    long sum = Arrays.stream(counts).sum();
    if (Arrays.stream(counts).anyMatch(n -> n < 0) || sum != targets.dim(0)) {
      throw new ShapeException(
          "ctcLoss: target lengths "
              + Arrays.toString(counts)
              + " must add up to the number of targets, "
              + targets.dim(0));
    }
    int longest = Math.toIntExact(Arrays.stream(counts).max().orElse(0));
    if (sum == 0) {
      return Tensor.zeros(Shape.of(counts.length, longest), DType.INT64, targets.device());
    }
    long[] places = new long[counts.length * longest];
    long first = 0;
    for (int b = 0; b < counts.length; b++) {
      for (int i = 0; i < counts[b]; i++) {
        places[b * longest + i] = first + i;
      }
      first += counts[b];
    }
    return targets
        .indexSelect(0, Tensor.of(places).to(targets.device()))
        .reshape(counts.length, longest);
  }
}
