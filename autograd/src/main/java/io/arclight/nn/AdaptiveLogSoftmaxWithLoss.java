package io.arclight.nn;

import io.arclight.tensor.DataException;
import io.arclight.tensor.Device;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * Log-softmax over many classes that are sorted by frequency, and its loss: the frequent ones in a
 * head, the others in clusters of ever smaller projections (Grave et al., "Efficient softmax
 * approximation for GPUs", 2017). Only the clusters of the batch's targets are computed.
 *
 * <pre>{@code
 * var softmax = new AdaptiveLogSoftmaxWithLoss(512, 50_000, 2_000, 10_000);
 * softmax.call(hidden, next).loss().backward();
 * }</pre>
 */
public final class AdaptiveLogSoftmaxWithLoss extends Module {
  private static final double DIV_VALUE = 4;

  private final long inFeatures;
  private final long numClasses;

  /** Where clusters begin, and the number of classes. */
  private final long[] cutoffs;

  private Linear head;
  private ModuleList<Sequential> tail;

  /**
   * The log-probabilities of the targets, [n], and the mean of their negatives.
   *
   * @param output [n], or a number for one row
   * @param loss a number
   */
  public record Output(Tensor output, Tensor loss) {}

  /**
   * @param cutoffs the first classes of the clusters, ascending, each from 1 to numClasses - 1
   */
  public AdaptiveLogSoftmaxWithLoss(long inFeatures, long numClasses, long... cutoffs) {
    for (int i = 0; i < cutoffs.length; i++) {
      if (cutoffs[i] <= (i == 0 ? 0 : cutoffs[i - 1]) || cutoffs[i] >= numClasses) {
        throw new IllegalArgumentException(
            "AdaptiveLogSoftmaxWithLoss: cutoffs must ascend from 1 to "
                + (numClasses - 1)
                + ", got "
                + Arrays.toString(cutoffs));
      }
    }
    if (cutoffs.length == 0) {
      throw new IllegalArgumentException("AdaptiveLogSoftmaxWithLoss: needs at least one cutoff");
    }
    this.inFeatures = inFeatures;
    this.numClasses = numClasses;
    this.cutoffs = Arrays.copyOf(cutoffs, cutoffs.length + 1);
    this.cutoffs[cutoffs.length] = numClasses;
    head = register("head", new Linear(inFeatures, cutoffs[0] + cutoffs.length).noBias());
    tail = register("tail", clusters(DIV_VALUE));
  }

  /** By which projections shrink from cluster to cluster; 4 unless set. */
  public AdaptiveLogSoftmaxWithLoss divValue(double value) {
    unregister("tail");
    tail = register("tail", clusters(value));
    return this;
  }

  /** Gives the head a bias. */
  public AdaptiveLogSoftmaxWithLoss headBias() {
    unregister("head");
    unregister("tail");
    head = register("head", new Linear(inFeatures, cutoffs[0] + cutoffs.length - 1));
    register("tail", tail);
    return this;
  }

  private ModuleList<Sequential> clusters(double divValue) {
    Sequential[] out = new Sequential[cutoffs.length - 1];
    for (int i = 0; i < out.length; i++) {
      long width = (long) Math.floor(inFeatures / Math.pow(divValue, i + 1));
      out[i] =
          new Sequential(
              new Linear(inFeatures, width).noBias(),
              new Linear(width, cutoffs[i + 1] - cutoffs[i]).noBias());
    }
    return new ModuleList<>(out);
  }

  /** {@link #forward} as a call of this module. */
  public Output call(Tensor input, Tensor target) {
    return within(() -> forward(input, target));
  }

  /**
   * The logarithms of the targets' probabilities, and their negative mean.
   *
   * @param input [n, inFeatures] or [inFeatures]
   * @param target int64 [n] or a number
   * @throws DataException for a target that is not a class
   */
  public Output forward(Tensor input, Tensor target) {
    if (target.rank() > 1
        || input.rank() != target.rank() + 1
        || target.rank() == 1 && input.dim(0) != target.dim(0)) {
      throw new ShapeException(
          "AdaptiveLogSoftmaxWithLoss: expects an input [n, "
              + inFeatures
              + "] and targets [n], or one row and one target, got "
              + input.shape()
              + " and "
              + target.shape());
    }
    if (target.rank() == 0) {
      Output one = forward(input.unsqueeze(0), target.unsqueeze(0));
      return new Output(one.output.squeeze(0), one.loss);
    }
    requireClasses(target);
    Tensor output = Tensor.zeros(target.shape(), input.dtype(), input.device());
    Tensor inHead = target;
    for (int i = 0; i < tail.size(); i++) {
      Tensor mask = target.ge(cutoffs[i]).logicalAnd(target.lt(cutoffs[i + 1]));
      Tensor rows = mask.nonzero().reshape(-1);
      if (rows.dim(0) > 0) {
        inHead = inHead.maskedFill(mask, cutoffs[0] + i);
        Tensor place = target.indexSelect(0, rows).sub(cutoffs[i]).unsqueeze(1);
        Tensor inside = tail.get(i).call(input.indexSelect(0, rows)).logSoftmax(1);
        output = output.indexAdd(0, rows, inside.gather(1, place).squeeze(1));
      }
    }
    Tensor first = head.call(input).logSoftmax(1).gather(1, inHead.unsqueeze(1)).squeeze(1);
    output = output.add(first);
    return new Output(output, output.neg().mean());
  }

  private void requireClasses(Tensor target) {
    if (target.elements() == 0) {
      return;
    }
    Tensor all = target.to(Device.CPU);
    long least = (long) all.min().item();
    long most = (long) all.max().item();
    if (least < 0 || most >= numClasses) {
      throw new DataException(
          "AdaptiveLogSoftmaxWithLoss: targets must be classes from 0 to "
              + (numClasses - 1)
              + ", got some from "
              + least
              + " to "
              + most);
    }
  }

  /** The log-probabilities of all classes: [n, inFeatures] to [n, numClasses]. */
  public Tensor logProb(Tensor input) {
    return logProb(input, head.call(input));
  }

  private Tensor logProb(Tensor input, Tensor headOutput) {
    Tensor first = headOutput.logSoftmax(1);
    Tensor[] parts = new Tensor[cutoffs.length];
    parts[0] = first.narrow(1, 0, cutoffs[0]);
    for (int i = 0; i < tail.size(); i++) {
      Tensor inside = tail.get(i).call(input).logSoftmax(1);
      parts[i + 1] = inside.add(first.narrow(1, cutoffs[0] + i, 1));
    }
    return Tensor.cat(1, parts);
  }

  /** The most probable classes, int64 [n]; clusters are computed where the head points to one. */
  public Tensor predict(Tensor input) {
    Tensor headOutput = head.call(input);
    Tensor best = headOutput.argmax(1);
    Tensor rows = best.ge(cutoffs[0]).nonzero().reshape(-1);
    if (rows.dim(0) == 0) {
      return best;
    }
    Tensor all = logProb(input.indexSelect(0, rows), headOutput.indexSelect(0, rows));
    return best.indexCopy(0, rows, all.argmax(1));
  }
}
