package io.arclight.models;

import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.ResidualLinearOp;
import java.util.Arrays;

/** A linear layer whose weight is [in, out], as GPT-2 saves it. */
final class Conv1D extends Layer {
  private final long in;
  private final long out;
  private Tensor weight;
  private Tensor bias;

  Conv1D(long in, long out, double std) {
    this.in = in;
    this.out = out;
    weight = register("weight", Init.normal(Shape.of(in, out), 0, std));
    bias = register("bias", Tensor.zeros(Shape.of(out)));
  }

  @Override
  public Tensor forward(Tensor input) {
    long[] sizes = input.shape().toArray();
    long rows = Shape.of(Arrays.copyOf(sizes, sizes.length - 1)).elements();
    sizes[sizes.length - 1] = out;
    return bias.addmm(input.reshape(rows, in), weight).reshape(sizes);
  }

  /** {@code residual} plus the output for {@code input}, in one product. */
  Tensor onto(Tensor residual, Tensor input) {
    return within(
        x -> {
          long rows = residual.elements() / out;
          Tensor[] parts = {residual.reshape(rows, out), x[0].reshape(rows, in), weight, bias};
          return Tensor.apply(new ResidualLinearOp(), parts).reshape(residual.shape());
        },
        input);
  }

  @Override
  protected String extra() {
    return "nf=" + out + ", nx=" + in;
  }
}
