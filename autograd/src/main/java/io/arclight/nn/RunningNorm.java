package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * A normalisation of channels that may have weight and bias, and running statistics.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class RunningNorm<T extends RunningNorm<T>> extends AffineNorm {
  private final long numFeatures;
  private double eps = 1e-5;
  private Double momentum = 0.1;
  private Tensor runningMean;
  private Tensor runningVar;
  private Tensor batches;

  RunningNorm(long numFeatures) {
    if (numFeatures < 0) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": numFeatures must not be negative, got " + numFeatures);
    }
    this.numFeatures = numFeatures;
  }

  /** This layer. */
  protected abstract T self();

  /** Throws unless inputs may have the rank of this one. */
  protected abstract void requireRank(Tensor input);

  /** Added to the variance; 1e-5 unless set. */
  public final T eps(double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": eps must be positive, not " + value);
    }
    eps = value;
    return self();
  }

  /** The part of the running statistics that each batch replaces; 0.1 unless set. */
  public final T momentum(double value) {
    momentum = value;
    return self();
  }

  /** Running statistics that are the plain means over all batches so far. */
  public final T cumulative() {
    momentum = null;
    return self();
  }

  final void addAffine() {
    addAffine(Shape.of(numFeatures));
  }

  final void addTracking() {
    runningMean = registerBuffer("running_mean", Tensor.zeros(Shape.of(numFeatures)));
    runningVar = registerBuffer("running_var", Tensor.ones(Shape.of(numFeatures)));
    batches = registerBuffer("num_batches_tracked", Tensor.scalar(0L));
  }

  final void dropTracking() {
    unregister("running_mean");
    unregister("running_var");
    unregister("num_batches_tracked");
    runningMean = null;
    runningVar = null;
    batches = null;
  }

  /** Running statistics as of a new layer: PyTorch's {@code reset_running_stats}. */
  public final void resetRunningStats() {
    if (runningMean != null) {
      try (Context.Restore mode = Autograd.noGrad()) {
        runningMean.fillInPlace(0);
        runningVar.fillInPlace(1);
        batches.fillInPlace(0);
      }
    }
  }

  /** Counts a batch; gives the part of the running statistics that it replaces. */
  final double countBatch() {
    if (Context.current().recomputing()) {
      return 0;
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      batches.addInPlace(1);
      return momentum != null ? momentum : 1.0 / batches.toLongs()[0];
    }
  }

  /** Throws unless dimension 1 has the channels that weight or running statistics stand for. */
  final void requireChannels(Tensor input) {
    boolean fits = input.dim(1) == numFeatures;
    if (!fits && (weight() != null || runningMean != null)) {
      throw new ShapeException(
          getClass().getSimpleName()
              + ": expects "
              + numFeatures
              + " channels in dimension 1, got shape "
              + input.shape());
    }
  }

  /** Throws unless {@code input} has so many dimensions. */
  protected final void requireRank(Tensor input, int least, int most) {
    if (input.rank() < least || input.rank() > most) {
      throw new ShapeException(
          getClass().getSimpleName()
              + ": expects an input of "
              + (least == most ? "" + most : least + " or " + most)
              + " dimensions, got shape "
              + input.shape());
    }
  }

  /** How many channels there are. */
  public final long numFeatures() {
    return numFeatures;
  }

  /** What is added to the variance. */
  public final double eps() {
    return eps;
  }

  /** Null for cumulative means. */
  public final Double momentum() {
    return momentum;
  }

  /** Null without. */
  public final Tensor runningMean() {
    return runningMean;
  }

  /** Null without. */
  public final Tensor runningVar() {
    return runningVar;
  }

  /** Batches that the running statistics have seen, int64; null without these. */
  public final Tensor numBatchesTracked() {
    return batches;
  }

  @Override
  protected String extra() {
    return numFeatures
        + ", eps="
        + Repr.number(eps)
        + ", momentum="
        + (momentum == null ? "None" : Repr.number(momentum))
        + ", affine="
        + Repr.bool(weight() != null)
        + ", bias="
        + Repr.bool(bias() != null)
        + ", track_running_stats="
        + Repr.bool(runningMean != null);
  }
}
