package io.arclight.models;

import io.arclight.nn.Module;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * The deep learning recommendation model: numbers [n, k] through a bottom perceptron, categories
 * int64 [n, c] through tables, the products of all pairs of the vectors through a top perceptron,
 * to a logit [n].
 *
 * @see <a href="https://arxiv.org/abs/1906.00091">Naumov et al. 2019</a>
 */
public final class Dlrm extends Module {
  private final Sequential bottom;
  private final CategoryEmbeddings embeddings;
  private final Sequential top;
  private final Tensor pairs;

  /**
   * A model of {@code numbers} numeric columns.
   *
   * @param cardinalities of the categorical columns
   * @param embedding size of a column's vector
   * @param bottomHidden hidden sizes before the products
   * @param topHidden hidden sizes after them
   */
  public Dlrm(
      long numbers, long[] cardinalities, long embedding, long[] bottomHidden, long[] topHidden) {
    long[] sizes = Arrays.copyOf(bottomHidden, bottomHidden.length + 1);
    sizes[bottomHidden.length] = embedding;
    bottom = register("bottom", TabularMlp.perceptron(numbers, 0, sizes));
    embeddings = register("embeddings", new CategoryEmbeddings(cardinalities, embedding));
    int vectors = cardinalities.length + 1;
    long inputs = embedding + vectors * (vectors - 1L) / 2;
    top = register("top", TabularMlp.perceptron(inputs, 0, WideAndDeep.withOutput(topHidden)));
    pairs = registerBuffer("pairs", belowDiagonal(vectors), Persistence.TRANSIENT);
  }

  /** Places below the diagonal of an [n, n] matrix, row by row. */
  private static Tensor belowDiagonal(int n) {
    long[] out = new long[n * (n - 1) / 2];
    int at = 0;
    for (int i = 1; i < n; i++) {
      for (int j = 0; j < i; j++) {
        out[at++] = (long) i * n + j;
      }
    }
    return Tensor.of(out);
  }

  /** From numbers [n, k] and categories, int64 [n, c], to a logit [n]. */
  public Tensor forward(Tensor numbers, Tensor categories) {
    Tensor dense = bottom.call(numbers).relu();
    Tensor vectors = Tensor.cat(1, dense.unsqueeze(1), embeddings.call(categories));
    Tensor products = vectors.bmm(vectors.transpose(1, 2)).flatten(1).indexSelect(1, pairs);
    return top.call(Tensor.cat(1, dense, products)).squeeze(1);
  }

  /** {@link #forward} between the hooks. */
  public Tensor call(Tensor numbers, Tensor categories) {
    return within(in -> forward(in[0], in[1]), numbers, categories);
  }
}
