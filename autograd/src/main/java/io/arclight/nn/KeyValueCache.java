package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values that the layers of a model have computed for the tokens so far, so that the
 * next token costs one row instead of all. It outlives the scopes around; close it.
 *
 * <pre>{@code
 * try (KeyValueCache cache = new KeyValueCache()) {
 *   Tensor logits = model.forward(prompt, cache);
 *   Tensor next = model.forward(token, cache);
 * }
 * }</pre>
 */
public final class KeyValueCache implements AutoCloseable {
  private static final long FIRST_ROWS = 64;

  /** All keys and values of a layer, [b, heads, length, width]. */
  public record KeysValues(Tensor keys, Tensor values) {}

  /** Memory with room for further rows. */
  private static final class Rows {
    private Tensor memory;
    private long length;

    Tensor append(Tensor rows) {
      requireLike(rows);
      long added = rows.dim(2);
      if (memory == null || memory.dim(2) < length + added) {
        grow(rows, Math.max(FIRST_ROWS, Math.max(length + added, 2 * length)));
      }
      memory.narrow(2, length, added).copyInPlace(rows);
      length += added;
      return seen();
    }

    /** A copy would broadcast and convert in silence. */
    private void requireLike(Tensor rows) {
      if (memory != null
          && (rows.dim(0) != memory.dim(0)
              || rows.dim(1) != memory.dim(1)
              || rows.dim(3) != memory.dim(3)
              || rows.dtype() != memory.dtype())) {
        throw new ShapeException(
            "a cache of "
                + memory.dtype()
                + seen().shape()
                + " [batch, heads, tokens, width] cannot go on with "
                + rows.dtype()
                + rows.shape()
                + ": close it and begin another");
      }
    }

    Tensor seen() {
      return memory.narrow(2, 0, length);
    }

    private void grow(Tensor like, long room) {
      Shape shape = Shape.of(like.dim(0), like.dim(1), room, like.dim(3));
      replace(Tensor.zeros(shape, like.dtype(), like.device()));
    }

    private void replace(Tensor next) {
      next.keep();
      if (memory != null) {
        next.narrow(2, 0, length).copyInPlace(seen());
        memory.close();
      }
      memory = next;
    }

    void select(Tensor batches) {
      Tensor next = memory.indexSelect(0, batches).keep();
      memory.close();
      memory = next;
    }
  }

  private final List<Rows> keys = new ArrayList<>();
  private final List<Rows> values = new ArrayList<>();

  /** Tokens whose keys the first layer has. */
  public long length() {
    return keys.isEmpty() ? 0 : keys.get(0).length;
  }

  /**
   * Appends the keys and values of further tokens and gives all of them.
   *
   * @param layer from 0; layers come in order the first time
   * @param key [b, heads, new tokens, width]
   * @param value [b, heads, new tokens, width]
   * @throws ShapeException for other batches, heads, widths or dtypes than before
   */
  public KeysValues update(int layer, Tensor key, Tensor value) {
    boolean good = key.rank() == 4 && value.rank() == 4 && layer <= keys.size();
    if (!good || key.dim(2) != value.dim(2)) {
      throw new ShapeException(
          "a cache takes [batch, heads, tokens, width] of layers in order, got key "
              + key.shape()
              + " and value "
              + value.shape()
              + " of layer "
              + layer
              + " with "
              + keys.size()
              + " layers so far");
    }
    if (layer == keys.size()) {
      keys.add(new Rows());
      values.add(new Rows());
    }
    try (Context.Restore mode = Autograd.noGrad()) {
      return new KeysValues(keys.get(layer).append(key), values.get(layer).append(value));
    }
  }

  /** What {@code layer} has, such as what decoders read of an encoder; null before its first. */
  public KeysValues layer(int layer) {
    return layer >= keys.size()
        ? null
        : new KeysValues(keys.get(layer).seen(), values.get(layer).seen());
  }

  /** Forgets all but the first {@code length} tokens. */
  public void crop(long length) {
    if (length < 0) {
      throw new IllegalArgumentException("crop: a length must not be negative, got " + length);
    }
    keys.forEach(k -> k.length = Math.min(k.length, length));
    values.forEach(v -> v.length = Math.min(v.length, length));
  }

  /** Goes on with the batches at {@code index}, int64: for beams. */
  public void select(Tensor index) {
    try (Context.Restore mode = Autograd.noGrad()) {
      keys.forEach(k -> k.select(index));
      values.forEach(v -> v.select(index));
    }
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    for (List<Rows> all : List.of(keys, values)) {
      all.stream().filter(r -> r.memory != null).forEach(r -> r.memory.close());
      all.clear();
    }
  }
}
