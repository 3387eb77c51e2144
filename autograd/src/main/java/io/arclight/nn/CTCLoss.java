package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.CtcLossOp.Infinity;
import java.io.Serializable;

/**
 * Connectionist temporal classification: how far sequences of class probabilities are from shorter
 * sequences of classes whose places are not known.
 *
 * <pre>{@code
 * CTCLoss loss = new CTCLoss().zeroInfinity();
 * loss.forward(logits.logSoftmax(-1), targets, inputLengths, targetLengths).backward();
 * }</pre>
 *
 * @param blank the class that stands between targets
 * @param reduction MEAN divides each loss by the length of its targets before the mean
 * @param infinity what targets cost that no path reaches
 */
public record CTCLoss(long blank, Reduction reduction, Infinity infinity) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** With class 0 as blank, and the mean. */
  public CTCLoss() {
    this(0, Reduction.MEAN, Infinity.KEEP);
  }

  /** The class between targets; 0 unless set. */
  public CTCLoss blank(long other) {
    return new CTCLoss(other, reduction, infinity);
  }

  /** What becomes of the sequences' losses; their mean unless set. */
  public CTCLoss reduction(Reduction other) {
    return new CTCLoss(blank, other, infinity);
  }

  /** Targets that no path reaches, such as those longer than the input, cost nothing. */
  public CTCLoss zeroInfinity() {
    return new CTCLoss(blank, reduction, Infinity.ZERO);
  }

  /** As {@link Functional#ctcLoss(Tensor, Tensor, Tensor, Tensor, CTCLoss)}. */
  public Tensor forward(
      Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) {
    return Functional.ctcLoss(logProbs, targets, inputLengths, targetLengths, this);
  }
}
