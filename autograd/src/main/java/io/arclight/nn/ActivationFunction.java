package io.arclight.nn;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.Pointwise;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** An activation as an option of larger modules. */
public enum ActivationFunction implements UnaryOperator<Tensor> {
  RELU(Tensor::relu),
  /** By the normal distribution function. */
  GELU(Tensor::gelu),
  /** By the hyperbolic tangent of a polynomial. */
  GELU_TANH(x -> Tensor.apply(Pointwise.GELU_TANH, x)),
  SILU(Tensor::silu),
  TANH(Tensor::tanh);

  private final UnaryOperator<Tensor> function;

  ActivationFunction(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  @Override
  public Tensor apply(Tensor x) {
    return function.apply(x);
  }

  /**
   * By the name that PyTorch and the configurations of published models use.
   *
   * @throws IllegalArgumentException listing the names
   */
  public static ActivationFunction of(String name) {
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
