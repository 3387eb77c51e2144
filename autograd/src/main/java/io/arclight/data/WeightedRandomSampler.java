package io.arclight.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Samples drawn in proportion to weights, which need not add up to 1. */
public final class WeightedRandomSampler implements Sampler {
  private final double[] weights;
  private final long samples;
  private final long seed;
  private boolean unique;

  /**
   * @param weights of all samples, none negative
   * @param samples how many an epoch draws
   */
  public WeightedRandomSampler(double[] weights, long samples, long seed) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0 && weights[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "WeightedRandomSampler: weight " + i + " is " + weights[i]);
      }
      sum += weights[i];
    }
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY) || samples < 1) {
      throw new IllegalArgumentException(
          "WeightedRandomSampler: needs weights that add up to more than 0, got "
              + sum
              + ", and at least 1 sample, got "
              + samples);
    }
    this.weights = weights.clone();
    this.samples = samples;
    this.seed = seed;
  }

  /** Draws no sample twice in an epoch; by default a sample can come again. */
  public WeightedRandomSampler noReplacement() {
    long possible = Arrays.stream(weights).filter(w -> w > 0).count();
    if (possible < samples) {
      throw new IllegalArgumentException(
          "WeightedRandomSampler: cannot draw "
              + samples
              + " different samples: "
              + possible
              + " have a weight above 0");
    }
    unique = true;
    return this;
  }

  @Override
  public long size() {
    return samples;
  }

  @Override
  public PrimitiveIterator.OfLong iterator(int epoch) {
    SplittableRandom random = Permutation.random(seed, epoch);
    return unique ? distinct(random) : repeated(random);
  }

  private PrimitiveIterator.OfLong repeated(SplittableRandom random) {
    double[] sums = weights.clone();
    Arrays.parallelPrefix(sums, Double::sum);
    double total = sums[sums.length - 1];
    return LongStream.range(0, samples)
        .map(i -> draw(sums, random.nextDouble() * total))
        .iterator();
  }

  /** The first whose sum of weights exceeds {@code at}: never one of weight 0. */
  private static long draw(double[] sums, double at) {
    int low = 0;
    int high = sums.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sums[middle] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * The smallest of exponential times with the weights as rates (Efraimidis and Spirakis, 2006).
   */
  private PrimitiveIterator.OfLong distinct(SplittableRandom random) {
    double[] times = new double[weights.length];
    for (int i = 0; i < times.length; i++) {
      times[i] = -Math.log(1 - random.nextDouble()) / weights[i];
    }
    return IntStream.range(0, times.length)
        .filter(i -> weights[i] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> times[i]))
        .limit(samples)
        .mapToLong(i -> i)
        .iterator();
  }
}
