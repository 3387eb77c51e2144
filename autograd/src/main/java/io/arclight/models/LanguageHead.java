package io.arclight.models;

import io.arclight.nn.Functional;
import io.arclight.nn.Layer;
import io.arclight.tensor.Tensor;

/** From features to a logit for each token, by weights that belong to another module too. */
final class LanguageHead extends Layer {
  private Tensor weight;
  private Tensor bias;

  /** {@code weight} [vocabulary, features]; {@code bias} [vocabulary] or null. */
  LanguageHead(Tensor weight, Tensor bias) {
    this.weight = register("weight", weight);
    this.bias = bias == null ? null : register("bias", bias);
  }

  @Override
  public Tensor forward(Tensor features) {
    return Functional.linear(features, weight, bias);
  }
}
