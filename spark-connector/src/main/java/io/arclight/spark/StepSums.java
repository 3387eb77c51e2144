package io.arclight.spark;

import java.util.Arrays;

/**
 * What is summed over the ranks in every step: loss and right rows of the batch, how many ranks are
 * asked to stop, and the rows that the lanes offer.
 */
record StepSums(double[] values) {
  private static final int OWN = 3;

  static StepSums of(double[] lossAndCorrect, boolean stop, long[] offers) {
    double[] values = new double[OWN + offers.length];
    values[0] = lossAndCorrect[0];
    values[1] = lossAndCorrect[1];
    values[2] = stop ? 1 : 0;
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

  boolean stop() {
    return values[2] > 0;
  }

  long[] offers() {
    return Arrays.stream(values, OWN, values.length).mapToLong(v -> (long) v).toArray();
  }
}
