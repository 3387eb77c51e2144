package io.arclight.tensor;

import io.arclight.tensor.op.Covariance;
import io.arclight.tensor.op.Histograms;

/** Counts of elements by value, and how rows vary together. */
interface StatisticsMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** int64: how often each number from 0 to the greatest occurs in this vector of integers. */
  default Tensor bincount() {
    return Histograms.bincount(self(), null, 0);
  }

  /** As {@link #bincount()}, with at least {@code minlength} bins. */
  default Tensor bincount(long minlength) {
    return Histograms.bincount(self(), null, minlength);
  }

  /** The sums of the {@code weights} of each number; float64, or float32 for weights of that. */
  default Tensor bincount(Tensor weights, long minlength) {
    return Histograms.bincount(self(), weights, minlength);
  }

  /** Counts, in this dtype, of the elements in {@code bins} equal parts of their range. */
  default Tensor histc(long bins) {
    return Histograms.histc(self(), bins, 0, 0);
  }

  /** Counts of those in [min, max]; if they are equal, of all in the elements' own range. */
  default Tensor histc(long bins, double min, double max) {
    return Histograms.histc(self(), bins, min, max);
  }

  /** A histogram of {@code bins} equal parts of the elements' range. */
  default Histogram histogram(long bins) {
    return Histograms.histogram(self(), bins, null, null, Histogram.Scale.COUNT);
  }

  /**
   * A histogram of equal parts of a range.
   *
   * @param range least and greatest edge, or null for the elements' own
   * @param weight of each element, of this shape; or null for 1
   */
  default Histogram histogram(long bins, double[] range, Tensor weight, Histogram.Scale scale) {
    return Histograms.histogram(self(), bins, range, weight, scale);
  }

  /** A histogram of bins between the increasing vector {@code edges}. */
  default Histogram histogram(Tensor edges, Tensor weight, Histogram.Scale scale) {
    return Histograms.histogram(self(), edges, weight, scale);
  }

  /** A histogram of points: this is [..., d], with {@code bins} parts of each of d ranges. */
  default Histogram histogramdd(long... bins) {
    return Histograms.histogramdd(self(), bins, null, null, Histogram.Scale.COUNT);
  }

  /**
   * A histogram of points.
   *
   * @param range least and greatest edge of each dimension in turn, or null for the points' own
   * @param weight of each point, of this shape without the last dimension; or null for 1
   */
  default Histogram histogramdd(long[] bins, double[] range, Tensor weight, Histogram.Scale scale) {
    return Histograms.histogramdd(self(), bins, range, weight, scale);
  }

  /** A histogram of points, by the edges of each dimension. */
  default Histogram histogramdd(Tensor[] edges, Tensor weight, Histogram.Scale scale) {
    return Histograms.histogramdd(self(), edges, weight, scale);
  }

  /** The covariances of the rows of this matrix, or of a vector with itself, divisor n - 1. */
  default Tensor cov() {
    return cov(1, null, null);
  }

  /**
   * Covariances of the rows, whose columns are observations.
   *
   * @param correction subtracted from the number of observations
   * @param fweights integers: how often each was made; or null
   * @param aweights how much each counts; or null
   */
  default Tensor cov(double correction, Tensor fweights, Tensor aweights) {
    return Covariance.cov(self(), correction, fweights, aweights);
  }

  /** Pearson's correlations of the rows of this matrix. */
  default Tensor corrcoef() {
    return Covariance.corrcoef(self());
  }
}
