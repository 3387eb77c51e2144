package io.arclight.models;

import io.arclight.nn.Dropout;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A perceptron over numbers and embedded categories: numbers [n, k] and categories int64 [n, c] to
 * [n, outputs].
 */
public final class TabularMlp extends Module {
  private final CategoryEmbeddings embeddings;
  private final Sequential layers;

  /**
   * A model of {@code numbers} numeric columns.
   *
   * @param cardinalities of the categorical columns
   * @param embedding size of a category's vector
   * @param sizes of the hidden layers and the output
   */
  public TabularMlp(long numbers, long[] cardinalities, long embedding, long... sizes) {
    embeddings = register("embeddings", new CategoryEmbeddings(cardinalities, embedding));
    layers = register("layers", perceptron(numbers + cardinalities.length * embedding, 0.1, sizes));
  }

  /** Fully connected layers with ReLU and dropout between them. */
  static Sequential perceptron(long inputs, double dropout, long... sizes) {
    if (sizes.length == 0) {
      throw new IllegalArgumentException("a perceptron needs at least an output size");
    }
    List<Layer> out = new ArrayList<>();
    long in = inputs;
    for (int i = 0; i < sizes.length; i++) {
      out.add(new Linear(in, sizes[i]));
      if (i < sizes.length - 1) {
        out.add(new ReLU());
        if (dropout > 0) {
          out.add(new Dropout(dropout));
        }
      }
      in = sizes[i];
    }
    return new Sequential(out.toArray(new Layer[0]));
  }

  /** From numbers [n, k] and categories, int64 [n, c], to [n, outputs]. */
  public Tensor forward(Tensor numbers, Tensor categories) {
    return layers.call(Tensor.cat(1, numbers, embeddings.call(categories).flatten(1)));
  }

  /** {@link #forward} between the hooks. */
  public Tensor call(Tensor numbers, Tensor categories) {
    return within(in -> forward(in[0], in[1]), numbers, categories);
  }
}
