package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** An activation as an option of larger modules. */
public enum Activation {
  RELU(Tensor::relu),
  /** By the normal distribution function. */
  GELU(Tensor::gelu),
  /** By the hyperbolic tangent of a polynomial. */
  GELU_TANH(Activation::geluTanh),
  SILU(Tensor::silu),
  TANH(Tensor::tanh);

  private static final double SQRT_2_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBE = 0.044715;

  private final UnaryOperator<Tensor> function;

  Activation(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  public Tensor apply(Tensor x) {
    return function.apply(x);
  }

  private static Tensor geluTanh(Tensor x) {
    Tensor inner = x.add(x.mul(x).mul(x).mul(CUBE)).mul(SQRT_2_PI);
    return x.mul(0.5).mul(inner.tanh().add(1));
  }

  /**
   * By the name that PyTorch and the configurations of published models use.
   *
   * @throws IllegalArgumentException listing the names
   */
  public static Activation of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "relu" -> RELU;
      case "gelu" -> GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_tanh" -> GELU_TANH;
      case "silu", "swish" -> SILU;
      case "tanh" -> TANH;
      default ->
          throw new IllegalArgumentException(
              "unknown activation \""
                  + name
                  + "\": use relu, gelu, gelu_new, gelu_pytorch_tanh, silu or tanh");
    };
  }
}
