package io.arclight.spark;

import io.arclight.spark.feed.Shuffle;
import java.util.Locale;
import java.util.Optional;

/**
 * How well an epoch's global batches are mixed, told by their labels. Of batches drawn uniformly,
 * the variance of the mean label is the variance of the labels divided by the rows of a batch;
 * batches of sorted rows differ more.
 */
final class LabelMixing {
  /**
   * The ratio of the two variances beyond which a batch tells less of the mean than a fifth of its
   * rows should. Of uniform batches it is 1 on average, and of as few as {@link #LEAST_BATCHES}
   * exceeds this with a probability below 1e-9 where their means are normal. The worst labels are
   * five equal outliers, which are all in one batch once in 16^4 times.
   */
  static final double BOUND = 5;

  static final int LEAST_BATCHES = 16;

  /** Below this share of their mean square the labels' variance is rounding, or nearly so. */
  private static final double LEAST_VARIANCE = 1e-8;

  public long batches;
  public long rows;
  public double sum;
  public double squares;

  /** Of each batch the square of its sum, divided by its rows. */
  public double batchSquares;

  /** Counts in a global batch by its rows, and the sums of its labels and of their squares. */
  void add(long batchRows, double batchSum, double batchSumOfSquares) {
    if (batchRows == 0) {
      return;
    }
    batches++;
    rows += batchRows;
    sum += batchSum;
    squares += batchSumOfSquares;
    batchSquares += batchSum * batchSum / batchRows;
  }

  /** The variance between batches by what uniform mixing gives; NaN where labels do not vary. */
  double ratio() {
    double variation = squares - sum * sum / rows;
    // Not (a <= b): labels that are not finite give no verdict either.
    if (batches < 2 || !(variation > LEAST_VARIANCE * squares)) {
      return Double.NaN;
    }
    double between = (batchSquares - sum * sum / rows) / (batches - 1);
    return between / (variation / (rows - 1));
  }

  /** What to tell the user, if it is clear that the batches are badly mixed against their wish. */
  Optional<String> warning(Shuffle shuffle, int window) {
    double ratio = ratio();
    if (shuffle == Shuffle.NONE || batches < LEAST_BATCHES || !(ratio > BOUND)) {
      return Optional.empty();
    }
    String found =
        String.format(
            Locale.ROOT,
            "the rows of the first epoch were badly mixed: the mean label of its %d global batches"
                + " has %.1f times the variance that uniform mixing gives, as with sorted input in"
                + " few partitions; ",
            batches,
            ratio);
    if (shuffle == Shuffle.GLOBAL) {
      return Optional.of(
          found
              + "shuffle(GLOBAL) mixes the epochs after it: call materialize() for the first too");
    }
    return Optional.of(
        found
            + "use shuffle(GLOBAL), with materialize() for the first epoch too, or before fit"
            + " orderBy(rand(1)), or repartition(n) if the input is one partition, or a"
            + " shuffleWindow of more than %d rows".formatted(window));
  }
}
