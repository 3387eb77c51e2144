package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.List;

/** Layers one after the other, named 0, 1, 2 and so on. */
public final class Sequential extends Layer {
  private final List<Layer> layers;

  public Sequential(Layer... layers) {
    this.layers = List.of(layers);
    for (int i = 0; i < layers.length; i++) {
      register(Integer.toString(i), layers[i]);
    }
  }

  public List<Layer> layers() {
    return layers;
  }

  @Override
  public Tensor forward(Tensor input) {
    Tensor out = input;
    for (Layer layer : layers) {
      out = layer.call(out);
    }
    return out;
  }
}
