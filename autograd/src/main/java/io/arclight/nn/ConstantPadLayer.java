package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** A layer that pads the last dimensions with one value. */
public abstract class ConstantPadLayer extends PadLayer {
  private final Number value;

  ConstantPadLayer(int n, Number value, long... sizes) {
    super(n, PadMode.CONSTANT, sizes);
    this.value = value;
  }

  @Override
  public final Tensor forward(Tensor input) {
    return Functional.constantPadNd(input, value, sizes());
  }

  @Override
  protected final String extra() {
    return "padding=" + Sizes.tuple(sizes()) + ", value=" + value;
  }
}
