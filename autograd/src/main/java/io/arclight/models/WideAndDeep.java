package io.arclight.models;

import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.tensor.Tensor;

/**
 * A linear model of all columns beside a perceptron over their embeddings: numbers [n, k] and
 * categories int64 [n, c] to a logit [n].
 *
 * @see <a href="https://arxiv.org/abs/1606.07792">Cheng et al. 2016</a>
 */
public final class WideAndDeep extends Module {
  private final Linear wide;
  private final CategoryEmbeddings weights;
  private final TabularMlp deep;

  /**
   * A model of {@code numbers} numeric columns.
   *
   * @param cardinalities of the categorical columns
   * @param embedding size of a category's vector
   * @param hidden sizes of the hidden layers
   */
  public WideAndDeep(long numbers, long[] cardinalities, long embedding, long... hidden) {
    wide = register("wide", new Linear(numbers, 1));
    weights = register("weights", new CategoryEmbeddings(cardinalities, 1));
    deep = register("deep", new TabularMlp(numbers, cardinalities, embedding, withOutput(hidden)));
  }

  /** Hidden sizes and one output. */
  static long[] withOutput(long... hidden) {
    long[] out = java.util.Arrays.copyOf(hidden, hidden.length + 1);
    out[hidden.length] = 1;
    return out;
  }

  /** From numbers [n, k] and categories, int64 [n, c], to a logit [n]. */
  public Tensor forward(Tensor numbers, Tensor categories) {
    Tensor linear = wide.call(numbers).add(weights.call(categories).sum(1));
    return linear.add(deep.call(numbers, categories)).squeeze(1);
  }

  /** {@link #forward} between the hooks. */
  public Tensor call(Tensor numbers, Tensor categories) {
    return within(in -> forward(in[0], in[1]), numbers, categories);
  }
}
