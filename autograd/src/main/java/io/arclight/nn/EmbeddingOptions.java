package io.arclight.nn;

import io.arclight.tensor.Dim;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.EmbeddingOp;

/**
 * Options of lookups in a table.
 *
 * @param paddingIdx the row that gets no gradient, {@link #NO_PADDING} for none; negative ones
 *     count from the end
 * @param maxNorm to which longer rows are scaled, in the table itself, before they are looked up;
 *     infinite for no limit
 * @param normType the p of that norm
 * @param frequency what a row's gradient is made of
 */
public record EmbeddingOptions(
    long paddingIdx, double maxNorm, double normType, EmbeddingOp.Frequency frequency) {
  /** All rows are trained. */
  public static final long NO_PADDING = Long.MIN_VALUE;

  /** No padding, no limit, sums. */
  public static EmbeddingOptions defaults() {
    return new EmbeddingOptions(NO_PADDING, Double.POSITIVE_INFINITY, 2, EmbeddingOp.Frequency.SUM);
  }

  /** The row that takes no gradient. */
  public EmbeddingOptions paddingIdx(long row) {
    return new EmbeddingOptions(row, maxNorm, normType, frequency);
  }

  /** Rows that are looked up are scaled down to this norm. */
  public EmbeddingOptions maxNorm(double norm) {
    return new EmbeddingOptions(paddingIdx, norm, normType, frequency);
  }

  /** The order of that norm; 2 unless set. */
  public EmbeddingOptions normType(double p) {
    return new EmbeddingOptions(paddingIdx, maxNorm, p, frequency);
  }

  /** Divides a row's gradient by how often it was looked up. */
  public EmbeddingOptions scaleGradByFreq() {
    return new EmbeddingOptions(paddingIdx, maxNorm, normType, EmbeddingOp.Frequency.MEAN);
  }

  /** The padding row of a table of {@code rows}, -1 for none. */
  long padding(long rows) {
    if (paddingIdx == NO_PADDING) {
      return -1;
    }
    if (paddingIdx < -rows || paddingIdx >= rows) {
      throw new ShapeException(
          "embedding: the padding index " + paddingIdx + " is not one of the " + rows + " rows");
    }
    return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
  }

  boolean limits() {
    return maxNorm < Double.POSITIVE_INFINITY;
  }

  /** How much each of {@code rows} [n, d] is to be scaled by, [n, 1]. */
  Tensor scales(Tensor rows) {
    Tensor norms = rows.norm(normType, Dim.of(1), Dim.Keep.KEEP);
    return Tensor.where(norms.gt(maxNorm), norms.add(1e-7).reciprocal().mul(maxNorm), 1);
  }

  String extra() {
    String out = paddingIdx == NO_PADDING ? "" : ", padding_idx=" + paddingIdx;
    out += limits() ? ", max_norm=" + maxNorm : "";
    out += normType == 2 ? "" : ", norm_type=" + normType;
    return out + (frequency == EmbeddingOp.Frequency.MEAN ? ", scale_grad_by_freq=True" : "");
  }
}
