package io.arclight.tensor;

/** Random tensors of the thread's standard {@link Generator}; static on {@link Tensor}. */
abstract class RandomFunctions extends MatrixFunctions {

  /** Uniform on [0, 1). */
  public static Tensor rand(Shape shape) {
    return Generator.standard().uniform(shape, DType.defaultDType(), Device.defaultDevice());
  }

  /** Standard normal. */
  public static Tensor randn(Shape shape) {
    return Generator.standard().normal(shape, DType.defaultDType(), Device.defaultDevice());
  }

  /**
   * Normal values of the means and standard deviations, which are broadcast.
   *
   * @throws DataException for a negative standard deviation
   */
  public static Tensor normal(Tensor mean, Tensor std) {
    if (std.elements() > 0 && std.amin(Dim.ALL, Dim.Keep.DROP).item() < 0) {
      throw new DataException("normal: standard deviations must be >= 0");
    }
    Tensor scale = std.expand(Shape.broadcast(mean.shape(), std.shape()));
    return Generator.standard()
        .normal(scale.shape(), scale.dtype(), scale.device())
        .mul(scale)
        .add(mean);
  }

  /** int64, uniform on [low, high). */
  public static Tensor randint(long low, long high, Shape shape) {
    return Generator.standard().integers(low, high, shape, Device.defaultDevice());
  }

  /** int64 [n], a random permutation of 0 .. n-1. */
  public static Tensor randperm(long n) {
    return Generator.standard().permutation(n);
  }
}
