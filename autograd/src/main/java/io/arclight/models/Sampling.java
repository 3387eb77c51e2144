package io.arclight.models;

import io.arclight.tensor.DType;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Order;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;

/** How a token is chosen by logits [b, vocabulary]. */
final class Sampling {
  double temperature = 1;
  long topK = Long.MAX_VALUE;
  double topP = 1;
  double penalty = 1;

  /**
   * @param tokens int64 [b, n], those so far
   * @param generator draws by probability; null for the most likely
   */
  long[] choose(Tensor logits, Tensor tokens, Generator generator) {
    Tensor scores = logits.to(DType.FLOAT32);
    if (penalty != 1) {
      Tensor seen = scores.gather(1, tokens);
      Tensor less = Tensor.where(seen.lt(0), seen.mul(penalty), seen.div(penalty));
      scores = scores.scatter(1, tokens, less);
    }
    if (generator == null) {
      return scores.argmax(1).toLongs();
    }
    scores = temperature == 1 ? scores : scores.div(temperature);
    long words = scores.dim(1);
    if (topK < words) {
      Tensor least = scores.topk(topK, 1, Order.DESCENDING).values().narrow(1, topK - 1, 1);
      scores = scores.maskedFill(scores.lt(least), Double.NEGATIVE_INFINITY);
    }
    if (topP < 1) {
      scores = nucleus(scores);
    }
    return generator
        .multinomial(scores.softmax(1), 1, Generator.Replacement.WITH)
        .to(tokens.device())
        .toLongs();
  }

  /** Minus infinity for the tokens whose more likely ones have probability topP already. */
  private Tensor nucleus(Tensor scores) {
    ValuesIndices sorted = scores.sort(1, Order.ASCENDING);
    Tensor upTo = sorted.values().softmax(1).cumsum(1);
    Tensor drop = upTo.le(1 - topP);
    // The most likely one stays, whatever topP.
    long last = scores.dim(1) - 1;
    Tensor keepLast = Tensor.arange(0, last + 1, 1, DType.INT64, scores.device()).ne(last);
    Tensor dropped = drop.logicalAnd(keepLast);
    Tensor byToken = dropped.scatter(1, sorted.indices(), dropped);
    return scores.maskedFill(byToken, Double.NEGATIVE_INFINITY);
  }
}
