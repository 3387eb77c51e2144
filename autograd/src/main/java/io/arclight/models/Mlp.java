package io.arclight.models;

import io.arclight.nn.Dropout;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A multi-layer perceptron: fully connected layers fc1, fc2, ... with ReLU between them.
 *
 * <p>Input [n, ...], flattened to [n, sizes[0]]; output [n, sizes[last]].
 */
public final class Mlp extends Layer {
  private final List<Linear> layers = new ArrayList<>();
  private Dropout dropout;

  /** Layers from {@code sizes[0]} inputs over hidden sizes to the last size. */
  public Mlp(long... sizes) {
    if (sizes.length < 2) {
      throw new IllegalArgumentException(
          "an Mlp needs at least an input and an output size, got " + sizes.length + " sizes");
    }
    for (int i = 1; i < sizes.length; i++) {
      layers.add(register("fc" + i, new Linear(sizes[i - 1], sizes[i])));
    }
  }

  /** Zeroes hidden values with probability {@code p} in training. */
  public Mlp dropout(double p) {
    dropout = p == 0 ? null : register("dropout", new Dropout(p));
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    Tensor x = input.rank() > 2 ? input.flatten(1) : input;
    for (int i = 0; i < layers.size(); i++) {
      x = layers.get(i).call(x);
      if (i < layers.size() - 1) {
        x = x.relu();
        x = dropout == null ? x : dropout.call(x);
      }
    }
    return x;
  }
}
