package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.function.Supplier;

/**
 * First values of parameters, from the standard generator, as {@code torch.nn.init}: written into
 * the tensor, unrecorded; each gives that tensor back. The forms that take a shape make a float32
 * tensor on the CPU.
 *
 * <pre>{@code
 * Init.kaimingNormal(conv.weight(), 0, Init.Fan.OUT, Init.Nonlinearity.RELU);
 * }</pre>
 */
public final class Init {
  private Init() {}

  /** Whether variances are kept forward or backward. */
  public enum Fan {
    IN,
    OUT
  }

  /** What follows a layer. */
  public enum Nonlinearity {
    LINEAR,
    SIGMOID,
    TANH,
    RELU,
    LEAKY_RELU,
    SELU
  }

  /** By which a nonlinearity shrinks standard deviations; {@code LEAKY_RELU} of slope 0.01. */
  public static double calculateGain(Nonlinearity nonlinearity) {
    return calculateGain(nonlinearity, 0.01);
  }

  /**
   * The factor by which a weight's deviation makes up for what {@code nonlinearity} loses.
   *
   * @param slope of {@code LEAKY_RELU}
   */
  public static double calculateGain(Nonlinearity nonlinearity, double slope) {
    return switch (nonlinearity) {
      case LINEAR, SIGMOID -> 1;
      case TANH -> 5.0 / 3;
      case RELU -> Math.sqrt(2);
      case LEAKY_RELU -> Math.sqrt(2 / (1 + slope * slope));
      case SELU -> 0.75;
    };
  }

  private static Tensor quietly(Supplier<Tensor> change) {
    try (Context.Restore mode = Autograd.noGrad();
        Scope scope = Scope.open()) {
      return change.get();
    }
  }

  private static Tensor empty(Shape shape) {
    return Tensor.empty(shape, DType.FLOAT32, Device.CPU);
  }

  // ---- plain distributions and constants

  /** Uniform on [low, high). */
  public static Tensor uniform(Tensor tensor, double low, double high) {
    return quietly(() -> tensor.uniformInPlace(low, high));
  }

  /** A new parameter, uniform on [low, high). */
  public static Tensor uniform(Shape shape, double low, double high) {
    return uniform(empty(shape), low, high);
  }

  /** Fills with normal values. */
  public static Tensor normal(Tensor tensor, double mean, double std) {
    return quietly(() -> tensor.normalInPlace(mean, std));
  }

  /** A new parameter of normal values. */
  public static Tensor normal(Shape shape, double mean, double std) {
    return normal(empty(shape), mean, std);
  }

  /** Normal, within two of the standard distribution's deviations: mean 0, deviation 1, [-2, 2]. */
  public static Tensor truncNormal(Tensor tensor) {
    return truncNormal(tensor, 0, 1, -2, 2);
  }

  /** Normal values that are within [low, high], by the inverse of the distribution function. */
  public static Tensor truncNormal(
      Tensor tensor, double mean, double std, double low, double high) {
    if (!(std > 0) || !(low < high)) {
      throw new IllegalArgumentException(
          "truncNormal: expects a positive deviation and low < high, got "
              + std
              + ", "
              + low
              + ", "
              + high);
    }
    return quietly(
        () -> {
          Tensor ends = Tensor.of((low - mean) / std, (high - mean) / std).mul(Math.sqrt(0.5));
          double[] at = ends.erf().toDoubles();
          tensor.uniformInPlace(at[0], at[1]);
          Tensor values = tensor.erfinv().mul(std * Math.sqrt(2)).add(mean).clamp(low, high);
          return tensor.copyInPlace(values);
        });
  }

  /** Fills with one value. */
  public static Tensor constant(Tensor tensor, double value) {
    return quietly(() -> tensor.fillInPlace(value));
  }

  /** Fills with ones. */
  public static Tensor ones(Tensor tensor) {
    return constant(tensor, 1);
  }

  /** Fills with zeros. */
  public static Tensor zeros(Tensor tensor) {
    return constant(tensor, 0);
  }

  /** The identity, of a matrix. */
  public static Tensor eye(Tensor tensor) {
    requireMatrix("eye", tensor);
    return quietly(
        () -> {
          tensor.zeroInPlace();
          tensor.diagonal().fillInPlace(1);
          return tensor;
        });
  }

  /** Convolutions that give their input: weights [out, in, k, ...]. */
  public static Tensor dirac(Tensor tensor) {
    return dirac(tensor, 1);
  }

  /** As above, in each of {@code groups} groups of the output's channels. */
  public static Tensor dirac(Tensor tensor, int groups) {
    if (tensor.rank() < 3 || tensor.rank() > 5 || groups < 1 || tensor.dim(0) % groups != 0) {
      throw new ShapeException(
          "dirac: expects weights [out, in, k, ...] of 3 to 5 dimensions, the first divisible by the"
              + " groups, got "
              + tensor.shape()
              + " and "
              + groups);
    }
    return quietly(
        () -> {
          tensor.zeroInPlace();
          Tensor centre = tensor;
          while (centre.rank() > 2) {
            centre = centre.select(2, centre.dim(2) / 2);
          }
          long each = tensor.dim(0) / groups;
          for (int g = 0; g < groups; g++) {
            centre.narrow(0, g * each, each).diagonal().fillInPlace(1);
          }
          return tensor;
        });
  }

  // ---- by fans

  /** The elements that an output, or for {@link Fan#OUT} an input, is connected to. */
  private static double fan(String op, Shape shape, Fan fan) {
    if (shape.rank() < 2) {
      throw new ShapeException(
          op + ": fans are those of weights [out, in, ...], got shape " + shape);
    }
    double field = 1;
    for (int d = 2; d < shape.rank(); d++) {
      field *= shape.dim(d);
    }
    return field * shape.dim(fan == Fan.IN ? 1 : 0);
  }

  /** Glorot's, with a gain of 1. */
  public static Tensor xavierUniform(Tensor tensor) {
    return xavierUniform(tensor, 1);
  }

  /** Glorot's initialisation: variance {@code gain^2 * 2 / (fan in + fan out)}. */
  public static Tensor xavierUniform(Tensor tensor, double gain) {
    double bound = Math.sqrt(3) * xavier("xavierUniform", tensor.shape(), gain);
    return uniform(tensor, -bound, bound);
  }

  /** Glorot's, with a gain of 1, in a new tensor. */
  public static Tensor xavierUniform(Shape shape) {
    return xavierUniform(empty(shape), 1);
  }

  /** Glorot's, with a gain of 1. */
  public static Tensor xavierNormal(Tensor tensor) {
    return xavierNormal(tensor, 1);
  }

  /** Glorot's: a variance of 2 gain * gain / (fan in + fan out). */
  public static Tensor xavierNormal(Tensor tensor, double gain) {
    return normal(tensor, 0, xavier("xavierNormal", tensor.shape(), gain));
  }

  private static double xavier(String op, Shape shape, double gain) {
    return gain * Math.sqrt(2 / (fan(op, shape, Fan.IN) + fan(op, shape, Fan.OUT)));
  }

  /** He's initialisation by the fan-in, for a leaky ReLU of slope 0, which is ReLU. */
  public static Tensor kaimingUniform(Tensor tensor) {
    return kaimingUniform(tensor, 0, Fan.IN, Nonlinearity.LEAKY_RELU);
  }

  /** He's initialisation: variance {@code gain^2 / fan}. */
  public static Tensor kaimingUniform(
      Tensor tensor, double slope, Fan fan, Nonlinearity nonlinearity) {
    double std = kaiming("kaimingUniform", tensor.shape(), slope, fan, nonlinearity);
    double bound = Math.sqrt(3) * std;
    return uniform(tensor, -bound, bound);
  }

  /** By the fan-in, for a leaky ReLU of slope {@code a}. */
  public static Tensor kaimingUniform(Shape shape, double a) {
    return kaimingUniform(empty(shape), a, Fan.IN, Nonlinearity.LEAKY_RELU);
  }

  /** By the fan-in, for a leaky ReLU of slope 0, which is ReLU. */
  public static Tensor kaimingNormal(Tensor tensor) {
    return kaimingNormal(tensor, 0, Fan.IN, Nonlinearity.LEAKY_RELU);
  }

  public static Tensor kaimingNormal(
      Tensor tensor, double slope, Fan fan, Nonlinearity nonlinearity) {
    return normal(tensor, 0, kaiming("kaimingNormal", tensor.shape(), slope, fan, nonlinearity));
  }

  private static double kaiming(
      String op, Shape shape, double slope, Fan fan, Nonlinearity nonlinearity) {
    double connected = fan(op, shape, fan);
    return connected == 0 ? 0 : calculateGain(nonlinearity, slope) / Math.sqrt(connected);
  }

  // ---- matrices

  /** A random (semi-)orthogonal matrix; dimensions after the first count as one. */
  public static Tensor orthogonal(Tensor tensor) {
    return orthogonal(tensor, 1);
  }

  /** As above, times {@code gain} (Saxe et al., 2013). */
  public static Tensor orthogonal(Tensor tensor, double gain) {
    if (tensor.rank() < 2) {
      throw new ShapeException(
          "orthogonal: expects at least 2 dimensions, got shape " + tensor.shape());
    }
    if (tensor.elements() == 0) {
      return tensor;
    }
    return quietly(
        () -> {
          long rows = tensor.dim(0);
          long columns = tensor.elements() / rows;
          Shape tall = Shape.of(Math.max(rows, columns), Math.min(rows, columns));
          Linalg.Qr qr = Linalg.qr(Generator.standard().normal(tall, DType.FLOAT64, Device.CPU));
          // Signs that make the distribution uniform.
          Tensor q = qr.q().mul(qr.r().diagonal().sign());
          q = rows < columns ? q.t() : q;
          return tensor.copyInPlace(q.mul(gain).reshape(tensor.shape()).to(tensor.dtype()));
        });
  }

  /** Normal values, of which the share {@code sparsity} of each column is 0 (Martens, 2010). */
  public static Tensor sparse(Tensor tensor, double sparsity, double std) {
    requireMatrix("sparse", tensor);
    if (!(sparsity >= 0 && sparsity <= 1)) {
      throw new IllegalArgumentException("sparse: the share must be from 0 to 1, not " + sparsity);
    }
    long zeros = (long) Math.ceil(sparsity * tensor.dim(0));
    return quietly(
        () -> {
          tensor.normalInPlace(0, std);
          Tensor order =
              Tensor.rand(tensor.shape()).to(tensor.device()).argsort(0, Order.ASCENDING);
          return tensor.maskedFillInPlace(order.argsort(0, Order.ASCENDING).lt(zeros), 0);
        });
  }

  private static void requireMatrix(String op, Tensor tensor) {
    if (tensor.rank() != 2) {
      throw new ShapeException(op + ": expects a matrix, got shape " + tensor.shape());
    }
  }
}
