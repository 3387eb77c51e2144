package io.arclight.spark;

/**
 * What a rank has of a batch.
 *
 * @param loss the sum of its rows' losses
 * @param divisor what the sum over all ranks is divided by for a mean
 * @param correct rows whose class is right
 * @param label the sum of the rows' labels; 0 where nobody asks, as after the first epoch
 * @param labelSquares the sum of their squares, or 0
 */
record BatchSums(double loss, double divisor, double correct, double label, double labelSquares) {
  static final BatchSums NONE = new BatchSums(0, 0, 0, 0, 0);

  /**
   * With the sums of the labels of so many rows; of a label of several numbers its total counts.
   */
  BatchSums with(double[] labels, int rows) {
    int width = labels.length / rows;
    double sum = 0;
    double squares = 0;
    for (int row = 0; row < rows; row++) {
      double value = 0;
      for (int i = 0; i < width; i++) {
        value += labels[row * width + i];
      }
      sum += value;
      squares += value * value;
    }
    return new BatchSums(loss, divisor, correct, sum, squares);
  }
}
