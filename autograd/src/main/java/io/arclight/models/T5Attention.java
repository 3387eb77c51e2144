package io.arclight.models;

import io.arclight.nn.AttentionOptions;
import io.arclight.nn.Embedding;
import io.arclight.nn.Functional;
import io.arclight.nn.Init;
import io.arclight.nn.KeyValueCache;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Attention without scale, to whose scores a learnt number for each distance is added. */
final class T5Attention extends Module {
  private final long heads;
  private final int buckets;
  private final int maxDistance;
  private final Sides sides;
  private final double dropout;
  private final Linear q;
  private final Linear k;
  private final Linear v;
  private final Linear o;
  private final Embedding relativeAttentionBias;

  /** Whether later tokens are told apart from earlier ones. */
  enum Sides {
    BOTH,
    PAST
  }

  /** Who has the numbers for the distances. */
  enum Positions {
    OWN,
    NONE
  }

  T5Attention(T5Config c, Sides sides, Positions positions) {
    heads = c.numHeads();
    buckets = c.relativeAttentionNumBuckets();
    maxDistance = c.relativeAttentionMaxDistance();
    this.sides = sides;
    dropout = c.dropoutRate();
    long inner = heads * c.dKv();
    double std = c.initializerFactor() / Math.sqrt(c.dModel());
    q = register("q", T5.linear(c.dModel(), inner, std / Math.sqrt(c.dKv())));
    k = register("k", T5.linear(c.dModel(), inner, std));
    v = register("v", T5.linear(c.dModel(), inner, std));
    o = register("o", T5.linear(inner, c.dModel(), c.initializerFactor() / Math.sqrt(inner)));
    if (positions == Positions.OWN) {
      relativeAttentionBias = register("relative_attention_bias", new Embedding(buckets, heads));
      Init.normal(relativeAttentionBias.weight(), 0, std);
    } else {
      relativeAttentionBias = null;
    }
  }

  /** Keys and values of {@code x} [b, n, dModel]. */
  KeyValueCache.KeysValues keysValues(Tensor x) {
    return new KeyValueCache.KeysValues(
        Heads.split(k.call(x), heads), Heads.split(v.call(x), heads));
  }

  Tensor call(Tensor x, KeyValueCache.KeysValues seen, AttentionOptions options) {
    return within(
        () ->
            o.call(
                Heads.merge(
                    Functional.scaledDotProductAttention(
                        Heads.split(q.call(x), heads),
                        seen.keys(),
                        seen.values(),
                        options.dropout(isTraining() ? dropout : 0)))));
  }

  /**
   * What is added to the scores of the last {@code n} of {@code all} tokens: [1, heads, n, all].
   */
  Tensor positions(long n, long all) {
    long[] index = new long[Math.toIntExact(n * all)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < all; j++) {
        index[(int) (i * all + j)] = bucket(j - (all - n + i));
      }
    }
    Tensor places = Tensor.of(index, Shape.of(n, all)).to(relativeAttentionBias.weight().device());
    return relativeAttentionBias.call(places).permute(2, 0, 1).unsqueeze(0);
  }

  /** Near distances have a number each, far ones share by their logarithm, as published. */
  private long bucket(long distance) {
    int half = sides == Sides.BOTH ? buckets / 2 : buckets;
    long first = sides == Sides.BOTH && distance > 0 ? half : 0;
    long away = sides == Sides.BOTH ? Math.abs(distance) : -Math.min(distance, 0);
    int exact = half / 2;
    if (away < exact) {
      return first + away;
    }
    // In float32, as whoever trained the model rounded.
    float share =
        (float) Math.log((float) away / exact) / (float) Math.log((double) maxDistance / exact);
    return first + Math.min(half - 1, exact + (long) (share * (half - exact)));
  }
}
