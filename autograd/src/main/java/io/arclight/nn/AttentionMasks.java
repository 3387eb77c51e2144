package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * What queries of a {@link MultiheadAttention} do not see. Masks are bool, where true hides a key,
 * the opposite of {@link AttentionOptions}, or float, added to the scores.
 */
public final class AttentionMasks {
  final Tensor attnMask;
  final Tensor keyPaddingMask;
  final AttentionOptions.Sight sight;

  private AttentionMasks(Tensor attnMask, Tensor keyPaddingMask, AttentionOptions.Sight sight) {
    this.attnMask = attnMask;
    this.keyPaddingMask = keyPaddingMask;
    this.sight = sight;
  }

  /** Nothing is hidden. */
  public static AttentionMasks of() {
    return new AttentionMasks(null, null, AttentionOptions.Sight.ALL);
  }

  /** [queries, keys], or [batch * heads, queries, keys]; null for none. */
  public AttentionMasks attnMask(Tensor mask) {
    return new AttentionMasks(mask, keyPaddingMask, sight);
  }

  /** [batch, keys], or [keys] for a single sequence; null for none. */
  public AttentionMasks keyPaddingMask(Tensor mask) {
    return new AttentionMasks(attnMask, mask, sight);
  }

  /** Query i sees keys up to i; no mask is needed. */
  public AttentionMasks causal() {
    return new AttentionMasks(attnMask, keyPaddingMask, AttentionOptions.Sight.CAUSAL);
  }

  /**
   * The options that these masks come to.
   *
   * @param keys how many there are to mask
   * @param more keys that follow, which all queries see
   * @param like of the dtype and on the device of masks that are made
   */
  AttentionOptions options(
      long batch, long heads, long queries, long keys, long more, Tensor like) {
    boolean causal = sight == AttentionOptions.Sight.CAUSAL;
    if (attnMask == null && keyPaddingMask == null && more == 0) {
      return causal ? AttentionOptions.of().causal() : AttentionOptions.of();
    }
    Tensor all = null;
    if (attnMask != null) {
      requireKind("attnMask", attnMask);
      boolean each = attnMask.rank() == 3;
      Shape expected = each ? Shape.of(batch * heads, queries, keys) : Shape.of(queries, keys);
      requireShape("attnMask", attnMask, expected);
      all = each ? attnMask.reshape(batch, heads, queries, keys) : attnMask;
    } else if (causal) {
      all = Tensor.ones(Shape.of(queries, keys), DType.BOOL, like.device()).triu(1);
    }
    if (keyPaddingMask != null) {
      requireKind("keyPaddingMask", keyPaddingMask);
      requireShape("keyPaddingMask", keyPaddingMask, Shape.of(batch, keys));
      all = joined(all, keyPaddingMask.reshape(batch, 1, 1, keys), like.dtype());
    }
    if (all == null) {
      return AttentionOptions.of();
    }
    all = more == 0 ? all : all.pad(-1, 0, more, 0);
    return AttentionOptions.of().attnMask(all.dtype() == DType.BOOL ? all.logicalNot() : all);
  }

  private static Tensor joined(Tensor a, Tensor b, DType dtype) {
    if (a == null) {
      return b;
    }
    if (a.dtype() == DType.BOOL && b.dtype() == DType.BOOL) {
      return a.logicalOr(b);
    }
    return added(a, dtype).add(added(b, dtype));
  }

  private static Tensor added(Tensor mask, DType dtype) {
    return mask.dtype() == DType.BOOL
        ? Tensor.zeros(mask.shape(), dtype, mask.device())
            .maskedFill(mask, Double.NEGATIVE_INFINITY)
        : mask.to(dtype);
  }

  private static void requireKind(String name, Tensor mask) {
    if (mask.dtype() != DType.BOOL && !mask.dtype().isFloatingPoint()) {
      throw new DTypeException(
          "MultiheadAttention: "
              + name
              + " must be bool or floating-point, not "
              + mask.dtype()
              + ": convert with to(BOOL)");
    }
  }

  private static void requireShape(String name, Tensor mask, Shape expected) {
    if (!mask.shape().equals(expected)) {
      throw new ShapeException(
          "MultiheadAttention: "
              + name
              + " must have the shape "
              + expected
              + ", not "
              + Arrays.toString(mask.shape().toArray()));
    }
  }
}
