package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** First values of parameters, float32 on the CPU, from the standard generator. */
public final class Init {
  private Init() {}

  /** Uniform on [low, high). */
  public static Tensor uniform(Shape shape, double low, double high) {
    return Generator.standard().uniform(shape, DType.FLOAT32, Device.CPU).mul(high - low).add(low);
  }

  public static Tensor normal(Shape shape, double mean, double std) {
    return Generator.standard().normal(shape, DType.FLOAT32, Device.CPU).mul(std).add(mean);
  }

  /** He's initialisation for leaky ReLU of slope {@code a}, by the fan-in of [out, in]. */
  public static Tensor kaimingUniform(Shape shape, double a) {
    double bound = Math.sqrt(6 / ((1 + a * a) * shape.dim(1)));
    return uniform(shape, -bound, bound);
  }

  /** Glorot's initialisation of [out, in]. */
  public static Tensor xavierUniform(Shape shape) {
    double bound = Math.sqrt(6.0 / (shape.dim(0) + shape.dim(1)));
    return uniform(shape, -bound, bound);
  }
}
