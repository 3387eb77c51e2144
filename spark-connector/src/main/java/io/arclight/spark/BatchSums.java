package io.arclight.spark;

/**
 * What a rank has of a batch.
 *
 * @param loss the sum of its rows' losses
 * @param divisor what the sum over all ranks is divided by for a mean
 * @param correct rows whose class is right
 */
record BatchSums(double loss, double divisor, double correct) {
  static final BatchSums NONE = new BatchSums(0, 0, 0);
}
