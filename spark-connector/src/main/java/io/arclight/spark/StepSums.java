package io.arclight.spark;

import java.util.Arrays;

/**
 * What is summed over the ranks in every step: loss of the batch, what it is to be divided by for a
 * mean, and right rows, how many ranks are asked to stop, the labels and their squares, and the
 * rows that the lanes offer.
 */
record StepSums(double[] values) {
  private static final int OWN = 6;

  static StepSums of(BatchSums batch, boolean stop, long[] offers) {
    double[] values = new double[OWN + offers.length];
    values[0] = batch.loss();
    values[1] = batch.correct();
    values[2] = stop ? 1 : 0;
    values[3] = batch.divisor();
    values[4] = batch.label();
    values[5] = batch.labelSquares();
    for (int i = 0; i < offers.length; i++) {
      values[OWN + i] = offers[i];
    }
    return new StepSums(values);
  }

  double loss() {
    return values[0];
  }

  double correct() {
    return values[1];
  }

  double divisor() {
    return values[3];
  }

  double label() {
    return values[4];
  }

  double labelSquares() {
    return values[5];
  }

  boolean stop() {
    return values[2] > 0;
  }

  long[] offers() {
    return Arrays.stream(values, OWN, values.length).mapToLong(v -> (long) v).toArray();
  }
}
