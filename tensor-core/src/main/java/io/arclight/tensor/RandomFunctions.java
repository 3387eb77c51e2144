package io.arclight.tensor;

/** Random tensors of the thread's standard {@link Generator}; static on {@link Tensor}. */
abstract class RandomFunctions {

  /** Uniform on [0, 1). */
  public static Tensor rand(Shape shape) {
    return Generator.standard().uniform(shape, Defaults.dtype(), Defaults.device());
  }

  /** Standard normal. */
  public static Tensor randn(Shape shape) {
    return Generator.standard().normal(shape, Defaults.dtype(), Defaults.device());
  }

  /** int64, uniform on [low, high). */
  public static Tensor randint(long low, long high, Shape shape) {
    return Generator.standard().integers(low, high, shape, Defaults.device());
  }

  /** int64 [n], a random permutation of 0 .. n-1. */
  public static Tensor randperm(long n) {
    return Generator.standard().permutation(n);
  }
}
