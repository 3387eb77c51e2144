package io.arclight.data.text;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.util.function.Consumer;

/**
 * The tokens of several texts, padded to one length; all int64 [texts, length].
 *
 * @param inputIds in the vocabulary
 * @param attentionMask 1 for tokens, 0 for padding
 * @param tokenTypeIds 0 for the first text and for padding, 1 for the second of a pair
 */
public record TokenBatch(Tensor inputIds, Tensor attentionMask, Tensor tokenTypeIds)
    implements Scope.Owner {

  @Override
  public void forEachStorage(Consumer<Storage> action) {
    inputIds.forEachStorage(action);
    attentionMask.forEachStorage(action);
    tokenTypeIds.forEachStorage(action);
  }
}
