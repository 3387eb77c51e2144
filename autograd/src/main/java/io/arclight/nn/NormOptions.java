package io.arclight.nn;

/**
 * How {@link Functional#batchNorm} and {@link Functional#instanceNorm} work.
 *
 * @param statistics which statistics normalise
 * @param momentum the part of a running statistic that a batch replaces
 * @param eps added to the variance
 */
public record NormOptions(Statistics statistics, double momentum, double eps) {
  /** Which statistics normalise. */
  public enum Statistics {
    /** The input's own, which also move the running ones where there are any. */
    BATCH,
    /** The running ones. */
    RUNNING
  }

  /** By the input's own statistics, with a momentum of 0.1 and 1e-5 added to the variance. */
  public static NormOptions training() {
    return new NormOptions(Statistics.BATCH, 0.1, 1e-5);
  }

  /** By the running statistics, with 1e-5 added to the variance. */
  public static NormOptions evaluation() {
    return new NormOptions(Statistics.RUNNING, 0.1, 1e-5);
  }

  /** The part of the running statistics that a batch replaces. */
  public NormOptions momentum(double value) {
    return new NormOptions(statistics, value, eps);
  }

  /** What is added to the variance. */
  public NormOptions eps(double value) {
    return new NormOptions(statistics, momentum, value);
  }
}
