package io.arclight.models;

import io.arclight.nn.AttentionOptions;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** What tokens see of those before them. */
final class CausalMask {
  private CausalMask() {}

  /**
   * Options by which each of the last {@code queries} of {@code keys} tokens sees those up to
   * itself.
   *
   * @param attentionMask bool [b, keys], false for padding; null for none
   */
  static AttentionOptions options(long queries, long keys, Tensor attentionMask, Device device) {
    AttentionOptions all = AttentionOptions.of();
    if (attentionMask == null && queries == keys) {
      return all.causal();
    }
    if (attentionMask == null && queries == 1) {
      return all;
    }
    Tensor seen = Tensor.ones(Shape.of(queries, keys), DType.BOOL, device).tril(keys - queries);
    return attentionMask == null
        ? all.attnMask(seen)
        : all.attnMask(seen.logicalAnd(attentionMask.unsqueeze(1).unsqueeze(1)));
  }

  /** The places int64 [b or 1, queries] of the last tokens, of which padding has none. */
  static Tensor positions(long queries, long keys, Tensor attentionMask, Device device) {
    if (attentionMask == null) {
      return Tensor.arange(keys - queries, keys, 1, DType.INT64, device).unsqueeze(0);
    }
    Tensor counted = attentionMask.to(DType.INT64).cumsum(1).sub(1).clamp(0, null);
    return counted.narrow(1, keys - queries, queries);
  }
}
