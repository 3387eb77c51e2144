package io.arclight.models;

import io.arclight.nn.KeyValueCache;
import io.arclight.tensor.Tensor;

/** What predicts next tokens: what {@link Generation} runs. */
@FunctionalInterface
public interface CausalLM {
  /**
   * The logits of the token after each.
   *
   * @param inputIds int64 [b, n]: the tokens that the cache does not have yet
   * @param attentionMask bool [b, tokens so far], false for padding at the left; null for none
   * @param cache holds the tokens before; null for none
   * @return [b, n, vocabulary]
   */
  Tensor logits(Tensor inputIds, Tensor attentionMask, KeyValueCache cache);
}
