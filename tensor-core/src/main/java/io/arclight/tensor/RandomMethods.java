package io.arclight.tensor;

import io.arclight.tensor.memory.Scope;
import java.util.function.Supplier;

/** Random values of a tensor's shape, from {@link Generator#standard()}. */
interface RandomMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  private Generator generator() {
    return Generator.standard();
  }

  /** Uniform on [0, 1), with this shape, dtype and device. */
  default Tensor randLike() {
    return generator().uniform(self().shape(), self().dtype(), self().device());
  }

  /** Standard normal, with this shape, dtype and device. */
  default Tensor randnLike() {
    return generator().normal(self().shape(), self().dtype(), self().device());
  }

  /** Integers uniform on [low, high), with this shape, dtype and device. */
  default Tensor randintLike(long low, long high) {
    return generator().integers(low, high, self().shape(), self().device()).to(self().dtype());
  }

  /**
   * 1 with the probability that each element says, else 0.
   *
   * @throws DataException for a probability outside [0, 1]
   */
  default Tensor bernoulli() {
    return generator().bernoulli(self());
  }

  /**
   * Poisson variates of the rates that the elements are.
   *
   * @throws DataException for a rate that is negative or not finite
   */
  default Tensor poisson() {
    return generator().poisson(self());
  }

  /**
   * int64: {@code count} categories without repetition, in proportion to these weights,
   * [categories] or [rows, categories].
   */
  default Tensor multinomial(long count) {
    return multinomial(count, Generator.Replacement.WITHOUT);
  }

  /** As {@link #multinomial(long)}, with or without repetition. */
  default Tensor multinomial(long count, Generator.Replacement replacement) {
    return generator().multinomial(self(), count, replacement);
  }

  /** Overwrites with 1 with probability {@code p}, else 0. */
  default Tensor bernoulliInPlace(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new TensorException("bernoulli_: the probability must be in [0, 1], not " + p);
    }
    return overwrite(() -> uniform().lt(p));
  }

  /** Overwrites with values uniform on [low, high). */
  default Tensor uniformInPlace(double low, double high) {
    if (!(low <= high) || Double.isInfinite(high - low)) {
      throw new TensorException(
          "uniform_: expects finite low <= high, not [" + low + ", " + high + ")");
    }
    return overwrite(() -> uniform().mulInPlace(high - low).addInPlace(low));
  }

  /** Overwrites with normal values. */
  default Tensor normalInPlace(double mean, double std) {
    if (!(std >= 0)) {
      throw new TensorException("normal_: the standard deviation must be >= 0, not " + std);
    }
    return overwrite(() -> normal().mulInPlace(std).addInPlace(mean));
  }

  /** Overwrites with the exponentials of normal values. */
  default Tensor logNormalInPlace(double mean, double std) {
    if (!(std > 0)) {
      throw new TensorException("log_normal_: the standard deviation must be > 0, not " + std);
    }
    return overwrite(() -> normal().mulInPlace(std).addInPlace(mean).expInPlace());
  }

  /** Overwrites with exponential values of the rate. */
  default Tensor exponentialInPlace(double rate) {
    if (!(rate > 0)) {
      throw new TensorException("exponential_: the rate must be > 0, not " + rate);
    }
    return overwrite(
        () -> generator().exponential(self().shape(), floating(), self().device()).div(rate));
  }

  /** Overwrites with Cauchy values. */
  default Tensor cauchyInPlace(double median, double scale) {
    if (!(scale > 0)) {
      throw new TensorException("cauchy_: the scale must be > 0, not " + scale);
    }
    return overwrite(() -> uniform().sub(0.5).mul(Math.PI).tan().mul(scale).add(median));
  }

  /** Overwrites with the number of trials to the first success, 1, 2, ... */
  default Tensor geometricInPlace(double p) {
    if (!(p > 0 && p < 1)) {
      throw new TensorException("geometric_: the probability must be in (0, 1), not " + p);
    }
    return overwrite(
        () -> {
          // log1p(-u) with u below 1 is finite, and 0 for the smallest u, whose trial is the first.
          Tensor u = generator().uniform(self().shape(), DType.FLOAT64, self().device());
          return u.neg().log1p().div(Math.log1p(-p)).floor().add(1);
        });
  }

  /** Overwrites with integers uniform on [low, high). */
  default Tensor randomInPlace(long low, long high) {
    return overwrite(() -> generator().integers(low, high, self().shape(), self().device()));
  }

  /** What it takes to make the values is given back at once: new models need not hold it. */
  private Tensor overwrite(Supplier<Tensor> values) {
    try (Scope scope = Scope.open()) {
      return self().copyInPlace(values.get());
    }
  }

  private DType floating() {
    return self().dtype().isFloatingPoint() ? self().dtype() : DType.defaultDType();
  }

  private Tensor uniform() {
    return generator().uniform(self().shape(), floating(), self().device());
  }

  private Tensor normal() {
    return generator().normal(self().shape(), floating(), self().device());
  }
}
