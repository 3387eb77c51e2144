package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * How queries attend to keys: {@code AttentionOptions.of().causal().dropout(0.1)}. Without options
 * every query sees every key, and scores are scaled by 1 / sqrt of the width.
 */
public final class AttentionOptions {
  final Tensor attnMask;
  final Sight sight;
  final double dropout;
  final Double scale;
  final Heads heads;

  /** Which keys a query sees. */
  enum Sight {
    ALL,
    CAUSAL
  }

  /** Whether keys and values may have fewer heads than queries. */
  enum Heads {
    EQUAL,
    GROUPED
  }

  private AttentionOptions(
      Tensor attnMask, Sight sight, double dropout, Double scale, Heads heads) {
    this.attnMask = attnMask;
    this.sight = sight;
    this.dropout = dropout;
    this.scale = scale;
    this.heads = heads;
  }

  /** No options. */
  public static AttentionOptions of() {
    return new AttentionOptions(null, Sight.ALL, 0, null, Heads.EQUAL);
  }

  /**
   * A mask that broadcasts to [..., queries, keys]: bool, true where a query sees a key, or float,
   * added to the scaled scores; null for none.
   */
  public AttentionOptions attnMask(Tensor mask) {
    return new AttentionOptions(mask, sight, dropout, scale, heads);
  }

  /** Query i sees keys up to i. */
  public AttentionOptions causal() {
    return new AttentionOptions(attnMask, Sight.CAUSAL, dropout, scale, heads);
  }

  /** Drops weights with probability {@code p}. */
  public AttentionOptions dropout(double p) {
    return new AttentionOptions(attnMask, sight, p, scale, heads);
  }

  /** Multiplies the scores. */
  public AttentionOptions scale(double factor) {
    return new AttentionOptions(attnMask, sight, dropout, factor, heads);
  }

  /** Keys and values have fewer heads, each of which serves several of the queries' in turn. */
  public AttentionOptions enableGqa() {
    return new AttentionOptions(attnMask, sight, dropout, scale, Heads.GROUPED);
  }
}
