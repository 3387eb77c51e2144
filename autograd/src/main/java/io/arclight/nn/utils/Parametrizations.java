package io.arclight.nn.utils;

import io.arclight.nn.Module;
import io.arclight.tensor.Tensor;

/** The parametrizations that PyTorch has ready. */
public final class Parametrizations {
  private Parametrizations() {}

  /**
   * A weight as magnitudes and directions, by row: see {@link #weightNorm(Module, String, int)}.
   */
  public static <M extends Module> M weightNorm(M module) {
    return weightNorm(module, "weight", 0);
  }

  /**
   * Splits a parameter into magnitudes ({@code original0}) along {@code dim} and directions ({@code
   * original1}) (Salimans and Kingma, 2016).
   */
  public static <M extends Module> M weightNorm(M module, String name, int dim) {
    int axis = WeightNorm.axis(module.parameter(name), dim);
    return Parametrize.registerParametrization(module, name, new WeightNorm(axis));
  }

  /** As {@link #weightNorm(Module, String, int)}, with one magnitude for the whole parameter. */
  public static <M extends Module> M weightNormOfAll(M module, String name) {
    return Parametrize.registerParametrization(module, name, new WeightNorm(WeightNorm.ALL));
  }

  /** Keeps the largest singular value of the weight at 1 (Miyato et al., 2018). */
  public static <M extends Module> M spectralNorm(M module) {
    boolean transposed = module.getClass().getSimpleName().startsWith("ConvTranspose");
    return spectralNorm(module, "weight", 1, 1e-12, transposed ? 1 : 0);
  }

  /**
   * Divides a parameter by its largest singular value, as a matrix of rows along {@code dim}.
   *
   * @param powerIterations steps towards the singular vectors in each call while training
   * @param eps least norm that is divided by
   */
  public static <M extends Module> M spectralNorm(
      M module, String name, int powerIterations, double eps, int dim) {
    Tensor weight =
        Parametrize.isParametrized(module, name)
            ? Parametrize.value(module, name)
            : module.parameter(name);
    return Parametrize.registerParametrization(
        module, name, new SpectralNorm(weight, powerIterations, eps, dim));
  }

  /** A weight with orthonormal rows or columns: by exponentials if square, else by reflections. */
  public static <M extends Module> M orthogonal(M module) {
    Tensor weight = module.parameter("weight");
    boolean square = weight.rank() > 1 && weight.dim(-1) == weight.dim(-2);
    return orthogonal(
        module,
        "weight",
        square || weight.dtype().isComplex()
            ? Orthogonal.Map.MATRIX_EXP
            : Orthogonal.Map.HOUSEHOLDER,
        Orthogonal.Trivialization.USED);
  }

  /** A parameter with orthonormal rows or columns; [..., m, n]. */
  public static <M extends Module> M orthogonal(
      M module, String name, Orthogonal.Map map, Orthogonal.Trivialization trivialization) {
    return Parametrize.registerParametrization(
        module, name, new Orthogonal(module.parameter(name), map, trivialization));
  }
}
