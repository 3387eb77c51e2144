package io.arclight.models;

import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;

/**
 * A factorisation machine and a perceptron over the same embeddings: numbers [n, k] and categories
 * int64 [n, c] to a logit [n]. A number's vector is a learnt one times the number.
 *
 * @see <a href="https://arxiv.org/abs/1703.04247">Guo et al. 2017</a>
 */
public final class DeepFm extends Module {
  private final Linear linear;
  private final CategoryEmbeddings weights;
  private final Tensor numberVectors;
  private final CategoryEmbeddings embeddings;
  private final Sequential deep;

  /**
   * A model of {@code numbers} numeric columns.
   *
   * @param cardinalities of the categorical columns
   * @param embedding size of a column's vector
   * @param hidden sizes of the hidden layers
   */
  public DeepFm(long numbers, long[] cardinalities, long embedding, long... hidden) {
    linear = register("linear", new Linear(numbers, 1));
    weights = register("weights", new CategoryEmbeddings(cardinalities, 1));
    numberVectors =
        register("number_vectors", new Linear(embedding, numbers).noBias().weight().detach());
    embeddings = register("embeddings", new CategoryEmbeddings(cardinalities, embedding));
    long inputs = (numbers + cardinalities.length) * embedding;
    deep = register("deep", TabularMlp.perceptron(inputs, 0.1, WideAndDeep.withOutput(hidden)));
  }

  /** From numbers [n, k] and categories, int64 [n, c], to a logit [n]. */
  public Tensor forward(Tensor numbers, Tensor categories) {
    Tensor first = linear.call(numbers).add(weights.call(categories).sum(1));
    Tensor vectors =
        Tensor.cat(1, numbers.unsqueeze(2).mul(numberVectors), embeddings.call(categories));
    // The sum over pairs of products, from the square of the sum and the sum of squares.
    Tensor pairs = vectors.sum(1).square().sub(vectors.square().sum(1)).sum(1).mul(0.5);
    return first.add(deep.call(vectors.flatten(1))).squeeze(1).add(pairs);
  }

  /** {@link #forward} between the hooks. */
  public Tensor call(Tensor numbers, Tensor categories) {
    return within(in -> forward(in[0], in[1]), numbers, categories);
  }
}
